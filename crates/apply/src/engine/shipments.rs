//! What the .debs of a transaction ship, each asked for once.

use crate::apt::deb::Shipment;
use crate::device::Device;
use crate::fault::Result;
use crate::parallel;
use crate::vault::VaultedDeb;
use framboise_core::digest::Digest;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// By the .deb's digest.
#[derive(Debug, Default)]
pub struct Shipments(RefCell<BTreeMap<Digest, Arc<Shipment>>>);

impl Shipments {
    /// What a .deb ships.
    ///
    /// # Errors
    /// When the .deb cannot be read.
    pub fn of(&self, device: &Device, deb: &VaultedDeb) -> Result<Arc<Shipment>> {
        if let Some(known) = self.0.borrow().get(&deb.sha256) {
            return Ok(Arc::clone(known));
        }
        let shipment = Arc::new(device.vault.shipment(deb, &device.native)?);
        self.0.borrow_mut().insert(deb.sha256, Arc::clone(&shipment));
        Ok(shipment)
    }

    /// Looks into all of these, side by side, so that [`Shipments::of`] knows them.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn look_into<'d>(&self, device: &Device, debs: impl IntoIterator<Item = &'d VaultedDeb>) -> Result<()> {
        let mut known = self.0.borrow_mut();
        let unknown: Vec<&VaultedDeb> = debs.into_iter().filter(|deb| !known.contains_key(&deb.sha256)).collect();
        for (deb, shipment) in
            unknown.iter().zip(parallel::map(&unknown, |deb| device.vault.shipment(deb, &device.native)))
        {
            known.insert(deb.sha256, Arc::new(shipment?));
        }
        Ok(())
    }
}
