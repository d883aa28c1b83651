#!/bin/sh
# Runs after an installation and an upgrade, on Debian and with RPM. If extendbot is running,
# it is restarted as the new version. Nothing is started that was not running.
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
systemctl try-restart extendbot.service || echo "extendbot does not start: see journalctl -u extendbot" >&2
exit 0
