//! A small attention block with a key-value cache, as a program of 2025 would hold it.
use mlx_rs::error::Exception;
use mlx_rs::fast;
use mlx_rs::ops::{self, indexing::IndexOp, softmax_axis};
use mlx_rs::{random, Array};

const HEADS: i32 = 2;
const WIDTH: i32 = 8;

#[derive(Debug, Clone)]
struct Linear {
    weight: Array,
    bias: Option<Array>,
}

impl Linear {
    fn new(inputs: i32, outputs: i32, bias: bool, key: &Array) -> Result<Self, Exception> {
        let scale = (1.0 / inputs as f32).sqrt();
        let weight = random::uniform::<_, f32>(-scale, scale, &[outputs, inputs], key)?;
        let bias = if bias {
            Some(Array::zeros::<f32>(&[outputs])? + 0.25)
        } else {
            None
        };
        Ok(Self { weight, bias })
    }

    fn forward(&self, x: &Array) -> Result<Array, Exception> {
        let y = x.matmul(self.weight.t())?;
        match &self.bias {
            Some(b) => Ok(y + b),
            None => Ok(y),
        }
    }
}

struct Cache {
    keys: Option<Array>,
    values: Option<Array>,
}

impl Cache {
    fn new() -> Self {
        Cache { keys: None, values: None }
    }

    fn update(&mut self, k: Array, v: Array) -> Result<(Array, Array), Exception> {
        let k = if let Some(old) = &self.keys {
            ops::concatenate_axis(&[old, &k], 2)?
        } else {
            k
        };
        let v = if let Some(old) = &self.values {
            ops::concatenate_axis(&[old, &v], 2)?
        } else {
            v
        };
        self.keys = Some(k.clone());
        self.values = Some(v.clone());
        Ok((k, v))
    }
}

fn split_heads(x: &Array) -> Result<Array, Exception> {
    let (b, l) = (x.dim(0), x.dim(1));
    x.reshape(&[b, l, HEADS, WIDTH / HEADS])?.transpose_axes(&[0, 2, 1, 3])
}

fn attend(q: &Array, k: &Array, v: &Array, causal: bool) -> Result<Array, Exception> {
    let scale = 1.0 / ((WIDTH / HEADS) as f32).sqrt();
    let mut scores = q.matmul(k.transpose_axes(&[0, 1, 3, 2])?)? * scale;
    if causal {
        let l = q.dim(2);
        let mask = ops::triu(Array::ones::<f32>(&[l, l])?, 1)? * -1e9;
        scores = scores + mask;
    }
    let weights = softmax_axis(&scores, -1, None)?;
    weights.matmul(v)
}

fn main() -> Result<(), Exception> {
    let key = random::key(7)?;
    let (k1, k2) = random::split(&key, 2)?;
    let (kq, kk) = random::split(&k1, 2)?;
    let x = random::normal::<f32>(&[1, 5, WIDTH], None, None, &k2)?;
    let wq = Linear::new(WIDTH, WIDTH, true, &kq)?;
    let wk = Linear::new(WIDTH, WIDTH, false, &kk)?;
    let mut cache = Cache::new();

    let q = split_heads(&wq.forward(&x)?)?;
    let k = split_heads(&wk.forward(&x)?)?;
    let (k, v) = cache.update(k.clone(), k)?;
    let out = attend(&q, &k, &v, true)?;
    println!("causal {:?} {:.4}", out.shape(), out.sum(None)?.item::<f32>());

    let step = x.index((.., 4..5));
    for i in 0..3 {
        let q = split_heads(&wq.forward(&step)?)?;
        let k = split_heads(&wk.forward(&step)?)?;
        let (keys, values) = cache.update(k.clone(), k)?;
        let out = attend(&q, &keys, &values, false)?;
        println!("step {} {} {:.4}", i, keys.dim(2), out.mean(None)?.item::<f32>());
    }

    let n = fast::rms_norm(&x, &Array::ones::<f32>(&[WIDTH])?, 1e-5)?;
    println!("norm {:.4}", n.square()?.mean(None)?.item::<f32>());
    let r = fast::rope(&q, WIDTH / HEADS, false, 10000.0, 1.0, 2, None)?;
    println!("rope {:.4}", r.index((0, 1, 3, ..)).sum(None)?.item::<f32>());
    Ok(())
}
