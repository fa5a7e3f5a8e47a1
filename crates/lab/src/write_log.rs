//! Reads a log of writes and flushes, and rebuilds the disk as a power cut at any instant would have left it.
//!
//! The format is that of the kernel's dm-log-writes (Documentation/admin-guide/device-mapper/log-writes.rst).

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::error::{Error, Result};

const MAGIC: u64 = 0x006a_7366_7773_6872;
const HEADER_BYTES: u64 = 32;
const FLUSH: u64 = 1;
const FORCED: u64 = 2;
const DISCARD: u64 = 4;

/// A log on disk, and where each of its entries lies.
#[derive(Debug)]
pub struct WriteLog {
    file: File,
    sector_bytes: u64,
    entries: Vec<Entry>,
}

/// A write, a flush, or both.
#[derive(Debug, Clone, Copy)]
struct Entry {
    sector: u64,
    sectors: u64,
    flags: u64,
    data: u64,
}

impl WriteLog {
    /// Reads the places of all entries.
    pub fn read(path: &Path) -> Result<WriteLog> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        let at = |place: u64| -> Result<u64> {
            let mut bytes = [0; 8];
            file.read_exact_at(&mut bytes, place).map_err(Error::io("read", path))?;
            Ok(u64::from_le_bytes(bytes))
        };
        let sector_bytes = at(24)? & 0xffff_ffff;
        if at(0)? != MAGIC || sector_bytes < HEADER_BYTES {
            return Err(Error::Invalid(format!("{} is no log of writes", path.display())));
        }
        let mut entries = Vec::new();
        let mut place = sector_bytes;
        // What was never written reads as zeros; the header's count may lag behind.
        loop {
            let (sector, sectors, flags) = (at(place)?, at(place + 8)?, at(place + 16)?);
            if (sector, sectors, flags) == (0, 0, 0) {
                break;
            }
            let data = place + sector_bytes;
            place = if flags & DISCARD == 0 { data + sectors * sector_bytes } else { data };
            entries.push(Entry { sector, sectors, flags, data });
        }
        Ok(WriteLog { file, sector_bytes, entries })
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many of them are flushes.
    pub fn flushes(&self) -> usize {
        self.entries.iter().filter(|entry| entry.flags & FLUSH != 0).count()
    }

    /// Of the first `count` entries, those that the last flush among them has made durable come first: their number.
    pub fn durable(&self, count: usize) -> usize {
        self.entries[..count].iter().rposition(|entry| entry.flags & FLUSH != 0).map_or(0, |flush| flush + 1)
    }

    /// Writes these entries to the image.
    pub fn replay(&self, image: &File, entries: std::ops::Range<usize>) -> Result<()> {
        entries.into_iter().try_for_each(|entry| self.write(image, &self.entries[entry], u64::MAX))
    }

    /// Writes what became of these entries when the power went and no flush had covered them: each whole, in part or not
    /// at all, as `fate` says for each, in sectors. How many were lost, at least in part.
    pub fn replay_some(
        &self,
        image: &File,
        entries: std::ops::Range<usize>,
        mut fate: impl FnMut(u64) -> u64,
    ) -> Result<usize> {
        let mut lost = 0;
        for entry in &self.entries[entries] {
            let is_volatile = entry.flags & FORCED == 0 && entry.sectors > 0;
            let kept = if is_volatile { fate(entry.sectors) } else { entry.sectors };
            lost += usize::from(kept < entry.sectors);
            self.write(image, entry, kept)?;
        }
        Ok(lost)
    }

    fn write(&self, image: &File, entry: &Entry, sectors: u64) -> Result<()> {
        let bytes = entry.sectors.min(sectors) * self.sector_bytes;
        let place = entry.sector * self.sector_bytes;
        let mut content = vec![0; usize::try_from(bytes).unwrap_or_default()];
        if entry.flags & DISCARD == 0 {
            self.file.read_exact_at(&mut content, entry.data).map_err(Error::kernel("read the log of writes"))?;
        }
        image.write_all_at(&content, place).map_err(Error::kernel("rebuild a disk"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A log of 512-byte sectors: each entry its sector, flags and the byte it is filled with.
    fn log(folder: &Path, entries: &[(u64, u64, u8)]) -> WriteLog {
        let mut bytes: Vec<u8> = [MAGIC, 1, 0, 512].into_iter().flat_map(u64::to_le_bytes).collect();
        bytes.resize(512, 0);
        for (sector, flags, fill) in entries {
            let sectors = u64::from(*fill != 0);
            bytes.extend([*sector, sectors, *flags, 0].into_iter().flat_map(u64::to_le_bytes));
            bytes.resize(bytes.len().next_multiple_of(512), 0);
            bytes.extend(vec![*fill; 512 * usize::from(*fill != 0)]);
        }
        bytes.extend([0; 512]);
        fs::write(folder.join("log"), bytes).unwrap();
        WriteLog::read(&folder.join("log")).unwrap()
    }

    #[test]
    fn what_a_flush_covered_stays_and_the_rest_is_left_to_fate() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path(), &[(0, 0, 1), (1, FORCED, 2), (0, FLUSH, 0), (1, 0, 3), (2, FORCED, 4), (0, 0, 5)]);
        assert_eq!((log.len(), log.flushes(), log.durable(2), log.durable(6)), (6, 1, 0, 3));
        let file = folder.path().join("image");
        let image = File::create(&file).unwrap();
        log.replay(&image, 0..3).unwrap();
        assert_eq!(log.replay_some(&image, 3..6, |_| 0).unwrap(), 2);
        let sectors: Vec<u8> = fs::read(&file).unwrap().chunks(512).map(|sector| sector[0]).collect();
        assert_eq!(sectors, [1, 2, 4]);
    }
}
