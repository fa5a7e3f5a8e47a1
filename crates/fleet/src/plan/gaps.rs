//! Gaps in a way back that the operator's depot can close.

use super::stage::Handed;
use crate::depot::{Depot, DepotDeb};
use crate::desk::Desk;
use crate::device::{CallError, Device};
use crate::source::LoadedFile;
use framboise_core::plan::{GapReason, Plan};
use framboise_core::protocol::http::PlanRequest;

impl Desk {
    /// Asks a device; where a .deb of its way back is not to be had and the depot has one of that name and version, hands it
    /// over and asks once more. Whether it is the right one, the device judges.
    pub(super) async fn plan_one(&self, device: &Device, request: &PlanRequest) -> Result<Plan, CallError> {
        let plan = device.plan(request).await?;
        let found = self.for_gaps(&plan).await;
        let handed: Vec<Handed> = found.iter().map(handed).collect();
        // A depot that cannot be used leaves the gaps as they are; the plan names them.
        let Ok(Some(handover)) = self.staging(&[device.id()], handed).await else { return Ok(plan) };
        if handover.hand_to(device).await.is_err() {
            return Ok(plan);
        }
        let mut again = device.plan(request).await?;
        let closed = plan.way_back.gaps.iter().filter(|gap| {
            let is_open = again.way_back.gaps.iter().any(|left| left.package == gap.package);
            !is_open && found.iter().any(|deb| deb.name == gap.package.name)
        });
        let closed: Vec<String> = closed.map(|gap| gap.package.name.to_string()).collect();
        if !closed.is_empty() {
            again.remarks.push(format!("way back from this desk's depot: {}", closed.join(", ")));
        }
        Ok(again)
    }

    /// The depot's .debs for what a plan lacks.
    async fn for_gaps(&self, plan: &Plan) -> Vec<DepotDeb> {
        let lacks = |reason: &GapReason| matches!(reason, GapReason::NoDeb | GapReason::Rebuilt | GapReason::OtherDeb);
        let gaps = plan.way_back.gaps.iter().filter(|gap| lacks(&gap.reason));
        let wanted =
            gaps.filter_map(|gap| Some((gap.package.clone(), plan.lock.entries.get(&gap.package)?.before.clone()?)));
        let (wanted, depot): (Vec<_>, _) = (wanted.collect(), Depot::of(&self.home));
        if wanted.is_empty() {
            return Vec::new();
        }
        let find =
            move || wanted.iter().flat_map(|(key, version)| depot.find(key, version).unwrap_or_default()).collect();
        tokio::task::spawn_blocking(find).await.unwrap_or_default()
    }

    /// Keeps what is handed over: no archive may ever have it. The plan does not depend on it.
    pub(super) async fn keep_in_depot(&self, file: &LoadedFile) {
        let depot = Depot::of(&self.home);
        let paths: Vec<_> = file.debs.iter().map(|deb| deb.path().to_owned()).collect();
        let keep = move || paths.iter().for_each(|path| drop(depot.add(path)));
        drop(tokio::task::spawn_blocking(keep).await);
    }
}

fn handed(deb: &DepotDeb) -> Handed {
    Handed { sha256: deb.sha256, bytes: deb.bytes, path: deb.path.clone() }
}
