//! What the .debs of a transaction ship, each looked into once: unpacking takes longer than all else of a comparison.

use crate::apt::deb::{self, Shipped};
use crate::fault::Outcome;
use crate::vault::VaultedDeb;
use framboise_core::digest::Digest;
use framboise_core::text::FilePath;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// By the .deb's digest.
#[derive(Debug, Default)]
pub struct Shipments(RefCell<BTreeMap<Digest, Rc<BTreeMap<FilePath, Shipped>>>>);

impl Shipments {
    /// Every path that a .deb ships.
    ///
    /// # Errors
    /// When the .deb cannot be read.
    pub fn of(&self, deb: &VaultedDeb) -> Outcome<Rc<BTreeMap<FilePath, Shipped>>> {
        if let Some(known) = self.0.borrow().get(&deb.sha256) {
            return Ok(Rc::clone(known));
        }
        let shipped = Rc::new(deb::contents(&deb.path)?);
        self.0.borrow_mut().insert(deb.sha256, Rc::clone(&shipped));
        Ok(shipped)
    }
}
