//! The message room from outside: canonical form, envelope, messages, schema.

#[cfg(test)]
mod any;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod canonical;
#[cfg(test)]
mod envelope;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod party;
#[cfg(test)]
mod passkey;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod words;
#[cfg(test)]
mod xmllint;
