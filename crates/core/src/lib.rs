//! Decides; others do.
