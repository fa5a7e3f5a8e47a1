//! What the .debs of a transaction ship, each looked into once: unpacking takes longer than all else of a comparison.

use crate::apt::deb::{self, Shipped};
use crate::fault::Result;
use crate::parallel;
use crate::vault::VaultedDeb;
use framboise_core::digest::Digest;
use framboise_core::text::FilePath;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Every path that a .deb ships.
type Shipment = BTreeMap<FilePath, Shipped>;

/// By the .deb's digest.
#[derive(Debug, Default)]
pub struct Shipments(RefCell<BTreeMap<Digest, Rc<Shipment>>>);

impl Shipments {
    /// What a .deb ships.
    ///
    /// # Errors
    /// When the .deb cannot be read.
    pub fn of(&self, deb: &VaultedDeb) -> Result<Rc<Shipment>> {
        if let Some(known) = self.0.borrow().get(&deb.sha256) {
            return Ok(Rc::clone(known));
        }
        let shipment = Rc::new(deb::contents(&deb.path)?);
        self.0.borrow_mut().insert(deb.sha256, Rc::clone(&shipment));
        Ok(shipment)
    }

    /// Looks into all of these, side by side, so that [`Shipments::of`] knows them.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn look_into<'d>(&self, debs: impl IntoIterator<Item = &'d VaultedDeb>) -> Result<()> {
        let mut known = self.0.borrow_mut();
        let unknown: Vec<&VaultedDeb> = debs.into_iter().filter(|deb| !known.contains_key(&deb.sha256)).collect();
        for (deb, shipment) in unknown.iter().zip(parallel::map(&unknown, |deb| deb::contents(&deb.path))) {
            known.insert(deb.sha256, Rc::new(shipment?));
        }
        Ok(())
    }
}
