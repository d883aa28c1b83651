#!/bin/sh
# Runs before the package is removed ("remove" on Debian, 0 with RPM), and before an upgrade,
# when it does nothing.
[ -d /run/systemd/system ] || exit 0
case ${1:-} in
remove | 0) systemctl disable --now extendbot.service ;;
esac
