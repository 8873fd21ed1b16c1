//! Spend marks: messages that a delivery holds for good. What was published before this server knew anything is not run.

use async_trait::async_trait;
use gleaner_ports::{EvidenceError, Mark, MarkRequest, SpendMarks, marks::MARK_OUTLIVES};

use crate::{
    held,
    server::{Redis, away},
};

/// 1 where the mark is this delivery's.
const TAKE: &str = "
if holder then return holder == ARGV[2] and 1 or 0 end
local born = tonumber(redis.call('GET', KEYS[3]))
if not born then
    redis.call('SET', KEYS[3], now)
    born = now
end
if tonumber(ARGV[3]) <= born then return 0 end
redis.call('ZADD', KEYS[1], ARGV[4], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return 1";

#[async_trait]
impl SpendMarks for Redis {
    async fn take(&self, request: MarkRequest<'_>) -> Result<Mark, EvidenceError> {
        let MarkRequest { task, epoch, nonce, sent_at, deadline } = request;
        let script = held::script(TAKE);
        let mut invocation = script.key(self.key("marks:ends"));
        invocation.key(self.key("marks:holders")).key(self.key("generation:born"));
        invocation
            .arg(format!("{task}:{epoch}"))
            .arg(nonce)
            // of unknown age: as old as can be
            .arg(sent_at.map_or(0, |at| at.as_millis()))
            .arg(deadline.as_millis().saturating_add(MARK_OUTLIVES));
        let mut connection = self.connection.clone();
        let taken: u8 = invocation.invoke_async(&mut connection).await.map_err(away)?;
        Ok(if taken == 1 { Mark::Taken } else { Mark::Spent })
    }
}
