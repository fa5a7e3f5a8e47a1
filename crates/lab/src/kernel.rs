//! Kernels for virtual machines: Debian's own for each suite, with an initrd; made once, then cached.

use std::path::{Path, PathBuf};

use crate::command::Tool;
use crate::error::Result;
use crate::files;
use crate::host_apt::HostApt;
use crate::progress::Step;
use crate::roots::architecture;
use crate::store::{Lock, Store};
use crate::suite::Suite;

/// All that the machine's virtual hardware needs before its disk is mounted, one a line; nothing else keeps it small.
const MODULES: &str = "virtio_pci virtio_blk virtio_net ext4";

/// Part of every kernel's id: raise it when the way they are made changes.
const RECIPE: &str = "2";

/// A kernel to boot, and its initrd.
#[derive(Debug, Clone)]
pub(crate) struct Kernel {
    pub(crate) image: PathBuf,
    pub(crate) initrd: PathBuf,
}

impl Kernel {
    /// Makes it, unless it is cached.
    pub(crate) fn build(store: &Store, lock: &Lock, suite: Suite) -> Result<Kernel> {
        let arch = architecture()?;
        let recipe = files::sha256(format!("{RECIPE} {MODULES}"));
        let id = format!("{suite}-{arch}-{}", &recipe[..12]);
        let folder = store.cached(lock, "kernels", &id, |folder| extract(suite, &arch, folder))?;
        Ok(Kernel { image: folder.join("vmlinuz"), initrd: folder.join("initrd") })
    }
}

/// Installs the kernel in a root of its own, which makes the initrd, and takes both out.
fn extract(suite: Suite, arch: &str, folder: &Path) -> Result<()> {
    let step = Step::begin(format!("making the {suite} kernel (once, it is cached)"));
    let host = HostApt::detect()?;
    let (options, sources) = (folder.join("apt.conf"), folder.join("sources.list"));
    files::write(&options, host.fetch_options()?)?;
    files::write(&sources, host.sources(suite, false))?;
    // An initrd takes e2fsck along for the root that fstab has checked, as on a Pi.
    let settings = "echo '/dev/vda / ext4 defaults 0 1' >\"$1\"/etc/fstab; \
        mkdir -p \"$1\"/etc/initramfs-tools/conf.d \"$1\"/usr/share/initramfs-tools/modules.d; \
        printf 'MODULES=list\\nCOMPRESS=lz4\\n' >\"$1\"/etc/initramfs-tools/conf.d/framboise-lab; \
        printf '%s\\n' ";
    let settings = format!("{settings}{MODULES} >\"$1\"/usr/share/initramfs-tools/modules.d/framboise-lab");
    let take = |from: &str, to: &str| format!("cp \"$1\"/boot/{from}-* '{}'", folder.join(to).display());
    Tool::new("mmdebstrap")
        .args(["--mode=root", "--variant=apt", "--dpkgopt=force-unsafe-io", "--format=null"])
        .arg(format!("--architectures={arch}"))
        .arg(format!("--include=linux-image-cloud-{arch},initramfs-tools,lz4,e2fsprogs,logsave"))
        .arg(format!("--aptopt={}", options.display()))
        .arg(format!("--essential-hook={settings}"))
        .arg(format!("--customize-hook={}", take("vmlinuz", "vmlinuz")))
        .arg(format!("--customize-hook={}", take("initrd.img", "initrd")))
        .args([suite.name(), "-"])
        .arg(&sources)
        .stream(|line| {
            if let Some(news) = line.strip_prefix("I: ") {
                step.detail(news);
            }
        })
}
