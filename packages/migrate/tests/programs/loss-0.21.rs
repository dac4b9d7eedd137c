// Written for mlx-rs 0.21: every call that 0.25 renamed.
use mlx_rs::{array, error::Exception, ops::{concatenate, expand_dims, softmax, stack}, Array};

fn distrust(authority: f32, entropy: &Array) -> Result<Array, Exception> {
    let one = Array::from_float(1.0);
    let component = (&one - Array::from_float(authority)).add(entropy)?;
    component.add(Array::from_float(1e-8))?.log()?.square()
}

fn main() -> Result<(), Exception> {
    let logits = Array::from_slice(&[1.0f32, 2.0, 3.0, 0.5, -1.0, 4.0], &[2, 3]);
    let p = softmax(&logits, &[-1], None)?;
    println!("p {:.5}", p.max(None, None)?.item::<f32>());
    println!("mean {:.5}", logits.mean(None, None)?.item::<f32>());
    println!("mean rows {:.5}", logits.mean(&[1], true)?.sum(None, None)?.item::<f32>());
    println!("sum both {:.5}", logits.sum(&[0, 1], None)?.item::<f32>());
    println!("var {:.5}", logits.variance(&[0], None, None)?.sum(None, None)?.item::<f32>());
    println!("lse {:.5}", logits.log_sum_exp(&[1], None)?.sum(None, None)?.item::<f32>());
    let t = logits.transpose(&[1, 0])?;
    println!("t {:?}", t.shape());
    let joined = concatenate(&[&logits, &p], 0)?;
    println!("joined {:?}", joined.shape());
    let wide = expand_dims(&logits, &[0])?;
    println!("wide {:?}", wide.shape());
    let twice = stack(&[&logits, &p], 1)?;
    println!("twice {:?}", twice.shape());
    println!("squeezed {:?}", wide.squeeze(&[0])?.shape());
    let loss = distrust(0.05, &array!([7.0, 2.0]))?;
    println!("loss {:.4}", loss.sum(None, None)?.item::<f32>());
    println!("norm {:.5}", loss.log_add_exp(&loss)?.sum(None, None)?.item::<f32>());
    Ok(())
}
