#!/bin/sh
# Owns the data directory and leaves root, where it is root; Debian's wrapper would insist on doing that itself.
set -e
[ "$1" != rabbitmq-server ] || set -- /usr/lib/rabbitmq/bin/rabbitmq-server
if [ "$(id -u)" = 0 ]; then
  chown -R rabbitmq /var/lib/rabbitmq
  exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups "$@"
fi
exec "$@"
