//! What the tests stand on: a town of parties with keys, databases, the real server as a child process, and a door to
//! knock at.
