// Creation, arithmetic, broadcasting, indexing, as in mlx-rs's own documentation.
use mlx_rs::{
    array,
    error::Exception,
    ops,
    ops::indexing::{Ellipsis, IndexMutOp, IndexOp, IntoStrideBy, NewAxis},
    Array, Dtype,
};

fn show(name: &str, a: &Array) {
    println!("{} {:?} {:.4}", name, a.shape(), a.sum(None).unwrap().item::<f32>());
}

fn main() -> Result<(), Exception> {
    let a = Array::from_slice(&[1, 2, 3, 4, 5, 6], &[2, 3]);
    let b = array!([1.0, 2.0, 3.0]);
    assert_eq!(a.shape(), &[2, 3]);
    assert_eq!(a.dtype(), Dtype::Int32);
    show("a + b", &(&a + &b));
    show("a * 2", &(&a * 2));
    show("a * 2.0", &(&a * 2.0));
    show("neg", &-&b);
    let c = &a / &b;
    show("a / b", &c);
    show("rem", &(&a % 4));

    let x = Array::arange::<_, f32>(None, 24.0, None)?.reshape(&[2, 3, 4])?;
    show("x[1]", &x.index(1));
    show("x[-1]", &x.index(-1));
    show("x[.., 1..]", &x.index((.., 1..)));
    show("x[0, ..2, 1..=2]", &x.index((0, ..2, 1..=2)));
    show("x[..., 0]", &x.index((Ellipsis, 0)));
    show("x[newaxis]", &x.index((NewAxis, 1)));
    show("x[.., .., ::2]", &x.index((.., .., (..).stride_by(2))));
    show("x[.., .., ::-1]", &x.index((.., 0, (..).stride_by(-1))));
    let rows = array!([1, 0, 1]);
    show("x[rows]", &x.index(&rows));

    let mut y = x.clone();
    y.index_mut((0, 1), array!(100.0));
    y.index_mut((1, .., 2..), 0.5);
    show("y", &y);
    show("x", &x);
    y += 1;
    y *= 0.5;
    show("y", &y);

    let t = x.transpose_axes(&[2, 0, 1])?;
    show("t", &t.index(1));
    let flat = ops::concatenate(&[&b, &b])?;
    show("flat", &flat);
    let stacked = ops::stack_axis(&[&b, &b], 1)?;
    show("stacked", &stacked);
    let (q, r) = ops::divmod(&a, array!(4))?;
    show("q", &q);
    show("r", &r);
    let parts = x.split(2, 2)?;
    for (i, p) in parts.iter().enumerate() {
        println!("part {} {:?}", i, p.shape());
        show("part", p);
    }
    let v = b.as_slice::<f32>();
    let squares: Vec<f32> = v.iter().map(|e| e * e).collect();
    println!("squares {:.1}", squares.iter().sum::<f32>());
    println!("all {}", b.gt(array!(0.5))?.all(None)?.item::<bool>());
    Ok(())
}
