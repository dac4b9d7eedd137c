// Plain Rust around the arrays: loops, match, closures, enums, options, integer division.
use mlx_rs::{array, error::Exception, ops, random, Array, Dtype};
use std::collections::HashMap;

enum Parity {
    Even,
    Odd,
}

fn parity(n: i32) -> Parity {
    if n % 2 == 0 {
        Parity::Even
    } else {
        Parity::Odd
    }
}

fn fib(n: u32) -> u32 {
    match n {
        0 => 0,
        1 | 2 => 1,
        _ => fib(n - 1) + fib(n - 2),
    }
}

/// The first largest value and its place.
fn best(values: &[f32]) -> Option<(usize, f32)> {
    let mut found: Option<(usize, f32)> = None;
    for (i, &v) in values.iter().enumerate() {
        let better = match found {
            Some((_, b)) => v > b,
            None => true,
        };
        if better {
            found = Some((i, v));
        }
    }
    found
}

fn main() -> Result<(), Exception> {
    let a = array!([[4.0, 1.0], [2.0, 3.0]]);
    let v = a.as_slice::<f32>();
    let det = v[0] * v[3] - v[1] * v[2];
    println!("det {:.4}", det);

    let mut total = 0.0;
    let mut i = 1;
    while i <= 3 {
        total += a.sum(None)?.item::<f32>() / i as f32;
        i += 1;
    }
    println!("total {total:.4}");

    let kind = match parity(7 / 2) {
        Parity::Even => "even",
        Parity::Odd => "odd",
    };
    println!("kind {}", kind);

    if let Some((place, value)) = best(&[0.1, 0.7, 0.2]) {
        println!("best {} {:.2}", place, value);
    }

    random::seed(3)?;
    let u = random::uniform::<_, f32>(0.0, 1.0, &[2, 3], None)?;
    println!("uniform {:.5}", u.sum(None)?.item::<f32>());
    let key = random::key(5)?;
    let r = random::randint::<_, i32>(0, 10, &[4], &key)?;
    println!("randint {:?}", r.as_slice::<i32>());

    let half = ops::ones_dtype(&[2], Dtype::Float16)? * 1.5f32;
    let name = if half.dtype() == Dtype::Float32 { "float32" } else { "other" };
    println!("half {}", name);

    let kept = ops::r#where(&a.gt(array!(2.0))?, &a, &ops::zeros_like(&a)?)?;
    println!("where {:.1}", kept.sum(None)?.item::<f32>());
    println!("sorted {:?}", ops::sort(&a)?.as_slice::<f32>());
    println!("argmax {:?}", ops::indexing::argmax_axis(&a, 1, None)?.as_slice::<u32>());

    let scale = |x: &Array, by: f32| x * by;
    let sums = scale(&ops::cumsum(&a, 1, None, None)?, 1.0);
    println!("cumsum {:.1}", sums.sum(None)?.item::<f32>());

    let mut seen: HashMap<String, Array> = HashMap::new();
    seen.insert("a".to_string(), a.clone());
    assert!(seen.contains_key("a") && seen.len() == 1);
    println!("fib {}", fib(10));
    Ok(())
}
