//! The portals in a real browser: Chromium, driven by the flows in `tests/browser`, against the real server.
//!
//! What is here starts the servers and prepares what a flow needs; what people do and see is written in the flows. `checked` is
//! that they have looked at every page.

mod borders;
mod checked;
mod consumer;
mod harness;
mod merchant;
mod mobility;
mod operator;
mod stage;
