//! Updates that fail half-way: the device is back where it was, by itself, and the packages' own words are told.

use crate::pi::Pi;
use framboise_lab::Suite;

on_each_suite!(
    a_failing_postinst,
    a_failing_preinst,
    what_came_with_the_failing_one_goes_back_too,
    a_failure_is_harmless_again_and_again,
);

fn a_failing_postinst(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    let answer = pi.update("fram-failpost").refused(500, "script-failed").ended("rolled-back");
    let answer = answer.saying("fram-failpost: boom").saying("fram-failpost's postinst script failed");
    assert_eq!(answer.json["cause"]["script"], "postinst");
    pi.snapshot().same_as(&before, "after a failing postinst");
    assert_eq!(pi.device.exec(["dpkg", "--audit"]).unwrap().stdout, "");
}

fn a_failing_preinst(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    let answer = pi.update("fram-failpre").refused(500, "script-failed").ended("rolled-back");
    let answer = answer.saying("fram-failpre: boom").saying("fram-failpre's preinst script failed");
    assert_eq!(answer.json["cause"]["script"], "preinst");
    pi.snapshot().same_as(&before, "after a failing preinst");
}

fn what_came_with_the_failing_one_goes_back_too(suite: Suite) {
    let pi = Pi::raise(suite);
    pi.sh("echo '# mine' >> /etc/fram-conf.conf; apt-mark auto fram-hello");
    let before = pi.snapshot();
    let list = "fram-hello fram-dep fram-conf fram-new fram-svc fram-move-b fram-mode fram-failpost tree";
    pi.update(list).refused(500, "script-failed").ended("rolled-back").saying("fram-failpost: boom");
    pi.snapshot().same_as(&before, "after a long list with a failing postinst");
    let list = list.replace("failpost", "failpre");
    pi.update(&list).refused(500, "script-failed").ended("rolled-back").saying("fram-failpre: boom");
    pi.snapshot().same_as(&before, "after a long list with a failing preinst");
}

fn a_failure_is_harmless_again_and_again(suite: Suite) {
    let pi = Pi::raise(suite);
    pi.update("fram-hello fram-dep").done();
    let before = pi.snapshot();
    for _ in 0..3 {
        pi.update("fram-conf fram-failpost").refused(500, "script-failed").ended("rolled-back");
        pi.snapshot().same_as(&before, "after a failed update");
    }
    pi.update("fram-conf").done();
    assert_eq!(pi.device.exec(["dpkg", "--audit"]).unwrap().stdout, "");
}
