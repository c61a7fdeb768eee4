//! What must not be taken, through the real door: each is answered with a signed `Rejection`, a stable code and the
//! right HTTP status; nothing is posted; the connection and the server live on.

mod attacks;
mod limits;
mod table;
