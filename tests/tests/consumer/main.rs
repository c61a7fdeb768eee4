//! The consumers' portal and its checkout, as a person without script uses them; each test ends with the audit.
//!
//! `alerts` is letters that people asked for, `asking` letters to merchants, `paying` the checkout, `purse` money in and
//! out, `own` that nobody sees what is somebody else's, `moving` another address, `post` what comes by e-mail, `leaving` the
//! end, `roles` who may do what, `hostile` what people write, `terminals` the apps that pay for somebody, `means` what is
//! charged and collected from, `live` a server where money is real.

mod alerts;
mod asking;
mod hostile;
mod leaving;
mod live;
mod means;
mod moving;
mod own;
mod paying;
mod post;
mod purse;
mod roles;
mod terminals;
