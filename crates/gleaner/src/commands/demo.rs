//! The bundled site, for a first look without the internet.

use anyhow::Context as _;
use tokio::net::TcpListener;

use crate::{args::DemoSiteArgs, exit::Outcome, out::line};

pub(super) async fn demo_site(args: DemoSiteArgs) -> anyhow::Result<Outcome> {
    let listener = TcpListener::bind(("127.0.0.1", args.port))
        .await
        .with_context(|| format!("could not listen on 127.0.0.1:{}", args.port))?;
    let port = listener.local_addr()?.port();
    if let Some(path) = &args.targets {
        std::fs::write(path, gleaner_demo::targets(port))
            .with_context(|| format!("could not write `{}`", path.display()))?;
    }
    line(format_args!("http://127.0.0.1:{port}/"))?;
    gleaner_demo::serve(listener).await?;
    Ok(Outcome::Completed)
}
