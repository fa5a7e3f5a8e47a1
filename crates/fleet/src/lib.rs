//! Drives a fleet of devices.
