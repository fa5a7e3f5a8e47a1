# Prints all that a rollback promises to bring back, and more, as dpkg, apt, systemd and the file system have it.
set -eu
trees='/etc /usr /var/lib/dpkg/alternatives /var/lib/dpkg/info /var/lib/dpkg/triggers /var/lib/dpkg/updates'
files='/var/lib/dpkg/diversions /var/lib/dpkg/statoverride'
echo '== status'
cat /var/lib/dpkg/status
echo '== lines dpkg-query'
dpkg-query --show --showformat '${binary:Package} ${Version} ${db:Status-Want} ${db:Status-Eflag} ${db:Status-Status}\n'
for mark in auto manual hold; do
	echo "== lines apt-mark $mark"
	apt-mark "show$mark"
done
echo '== pairs'
find $trees $files -printf '%p\tmode %y %m %U:%G %l\n'
find $trees $files -type f -exec sha256sum {} + | sed -E 's/^(\\?[0-9a-f]+)  (.*)$/\2\tsha256 \1/'
getcap -r /usr | sed 's/ /\tcapability /'
echo '== lines service'
systemctl list-units --type=service --state=running,activating,failed --plain --no-legend --full |
	sed -E 's/ +/ /g; s/ $//'
