//! What is held until some time: a sorted set of names by when each ends, and a hash of who holds it. Neither has a time to
//! live, so that nothing is evicted; the server's own clock says what is over.

use redis::Script;

/// Forgets what is over. Leaves `now`, in ms, and the `holder` of the name in the first argument.
const BEGIN: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 100)) do
    redis.call('ZREM', KEYS[1], name)
    redis.call('HDEL', KEYS[2], name)
end
local holder = redis.call('HGET', KEYS[2], ARGV[1])
";

/// A script that goes on from [`BEGIN`]; its first two keys are the set and the hash.
pub(crate) fn script(goes_on: &str) -> Script {
    Script::new(&format!("{BEGIN}{goes_on}"))
}
