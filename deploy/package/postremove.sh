#!/bin/sh
# Runs after the package was removed. Secrets and ledger stay, in /etc/extendbot and
# /var/lib/private/extendbot.
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
