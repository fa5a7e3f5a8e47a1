pragma Singleton
import QtQuick

// The window's words, English and French side by side: neither can be forgotten, and both change at once.
QtObject {
    readonly property bool fr: Desk.app.language === "fr"
    function t(en, french) { return fr ? french : en }
    function number(n) { return !(n >= 1000) ? String(n) : number(Math.floor(n / 1000)) + (fr ? "\u202f" : ",") + ("00" + n % 1000).slice(-3) }
    function pis(n) { return number(n) + (fr || n === 1 ? " Pi" : " Pis") }
    function packages(n) { return number(n) + (fr ? (n > 1 ? " paquets" : " paquet") : n === 1 ? " package" : " packages") }
    function files(n) { return number(n) + (fr ? (n > 1 ? " fichiers" : " fichier") : n === 1 ? " file" : " files") }
    function points(n) { return n < 0 ? "" : n === 0 ? t("None yet", "Aucun encore") : fr ? number(n) + (n > 1 ? " points de retour" : " point de retour") : number(n) + (n === 1 ? " restore point" : " restore points") }
    function lines(n) { return t(number(n) + (n === 1 ? " line to fix" : " lines to fix"), number(n) + (n > 1 ? " lignes à corriger" : " ligne à corriger")) }
    function names(list) { return list.shown.join(", ") + (list.count > list.shown.length ? t(" and " + number(list.count - list.shown.length) + " more", " et " + number(list.count - list.shown.length) + " autres") : "") }
    function duration(s) { return s < 1 ? t("under a second", "moins d'une seconde") : s < 60 ? s + " s" : Math.floor(s / 60) + " min" + (s % 60 ? " " + s % 60 + " s" : "") }
    function guaranteed(have, of) { return have === of ? t("Guaranteed " + number(have) + " of " + number(of), "Garanti " + number(have) + " sur " + number(of)) : t(number(have) + " of " + number(of) + ": " + number(of - have) + (of - have === 1 ? " old version is lost" : " old versions are lost"), number(have) + " sur " + number(of) + " : " + number(of - have) + (of - have > 1 ? " versions perdues" : " version perdue")) }
    function state(s) {
        return { fine: t("Fine", "En ordre"), needs: t("Needs you", "À vérifier"), working: t("Working", "En cours"), back: t("Rolled back", "Revenu en arrière"),
                 away: t("Not reached", "Injoignable"), found: t("Found", "Trouvé"), asking: t("Asking", "Interrogé"), run: Desk.work.rollback ? t("This rollback", "Ce retour") : t("This update", "Cette mise à jour") }[s] || ""
    }
    function count(n, s) {
        const many = n > 1 ? "s" : ""
        return number(n) + " " + (fr
            ? { fine: "en ordre", needs: "à vérifier", working: "en cours", back: "revenu" + many + " en arrière", away: "injoignable" + many, found: "trouvé" + many, asking: "interrogé" + many }[s]
            : { fine: "fine", needs: n === 1 ? "needs you" : "need you", working: "working", back: "rolled back", away: "not reached", found: "found", asking: "being asked" }[s])
    }
    // How a device's part of a run ended.
    function verdict(code, n, rollback, remarks) {
        const many = n > 1 ? "s" : ""
        const en = { "done": rollback ? (remarks ? "rolled back, with remarks" : "rolled back exactly as recorded") : "updated", "ordered": n === 1 ? "has its order" : "have their order", "went-back": rollback ? (n === 1 ? "stayed as it was" : "stayed as they were") : n === 1 ? "rolled back by itself" : "rolled back by themselves", "failed": "failed, nothing changed",
                     "needs-you": n === 1 ? "needs you" : "need you", "refused": "refused the order", "not-reached": "not reached", "lost": "lost sight of" }
        const french = { "done": rollback ? "revenu" + many + (remarks ? ", avec des remarques" : " exactement à l'état enregistré") : "mis à jour", "ordered": n > 1 ? "ont leur ordre" : "a son ordre", "went-back": rollback ? "resté" + many + " tel" + many + " quel" + many : "revenu" + many + " en arrière tout seul" + many,
                         "failed": "en échec, rien n'a changé", "needs-you": "à vérifier", "refused": n > 1 ? "ont refusé l'ordre" : "a refusé l'ordre", "not-reached": "injoignable" + many, "lost": "perdu" + many + " de vue" }
        return number(n) + " " + (fr ? french[code] : en[code])
    }
    function mark(code) { return { "done": "fine", "ordered": "working", "went-back": "back", "failed": "needs", "needs-you": "needs", "refused": "needs", "not-reached": "away", "lost": "away" }[code] || "fine" }
    function selected(n) { return t(pis(n) + " selected", number(n) + (n > 1 ? " Pi choisis" : " Pi choisi")) }
    function skipped(s) { return s.network + (s.reason === "too-large" ? t(" was left out: it is large, and takes minutes.", " a été laissé de côté : il est grand, et prend des minutes.") : t(" was left out: it belongs to containers or virtual machines on this computer (" + s.interface + ").", " a été laissé de côté : il est celui de conteneurs ou de machines virtuelles de cet ordinateur (" + s.interface + ").")) }
    readonly property string network: t("Scan Another Network", "Scanner un autre réseau")
    readonly property string scan: t("Scan Network", "Scanner le réseau")
    readonly property string file: t("Select Update File", "Choisir le fichier")
    readonly property string start: t("Start Update", "Lancer la mise à jour")
    readonly property string rollback: t("Send Rollback", "Revenir en arrière")
    readonly property string close: t("Close", "Fermer")
    readonly property string cancel: t("Cancel", "Annuler")
}
