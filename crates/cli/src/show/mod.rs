//! How plans, runs and devices look.

pub mod amiss;
pub mod json;
pub mod live;
pub mod plan;
pub mod result;
pub mod run;
