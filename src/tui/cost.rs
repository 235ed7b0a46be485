//! What this process costs, as the system tells it. Must not draw it.

/// Resident memory in bytes and processor time in milliseconds; `None` where the system does not tell.
pub(super) fn of_this_process() -> (Option<u64>, Option<u64>) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    (resident(&status), processor_ms(&stat))
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kb| kb * 1024)
}

/// User and system time are the 14th and 15th fields, in hundredths of a second; the second field may hold blanks.
fn processor_ms(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system) = (fields.next()?.parse::<u64>().ok()?, fields.next()?.parse::<u64>().ok()?);
    Some((user + system) * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_proc_are_read() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t   20480 kB\n"), Some(20_971_520));
        let stat = "1 (a ) b) S 0 1 1 0 -1 4194304 93 0 0 0 12 30 0 0 20 0 9 0";
        assert_eq!(processor_ms(stat), Some(420));
        assert_eq!((resident(""), processor_ms("")), (None, None));
    }
}
