//! What the system allows one process.

/// Lets this process have as many connections as the system allows it. A face calls it at its start: with a thousand devices
/// watched at once, the usual 1,024 open files are too few.
pub fn allow_many_connections() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        // Where the system says no, fewer devices are reached at once and told as such.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    }
}
