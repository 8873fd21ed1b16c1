use gleaner_contract::{ModelTask, proto, wire};
use gleaner_ports::SystemClock;

use super::*;

fn task() -> ModelTask {
    let formats = proto::formats();
    let format = formats.iter().find(|format| format.name == ModelTask::LLM_TYPE).unwrap();
    wire::decode(&format.goldens[0].bytes).unwrap()
}

#[tokio::test]
async fn what_cannot_be_done_is_reported_with_its_reason() {
    let stage = Unprovided {
        stage: Stage::Llm,
        reason: UrlReason::NoProvider,
        detail: "no provider configured",
        clock: Arc::new(SystemClock),
    };
    let task = task();
    let told = stage.run(Message::Llm(task.clone())).await.unwrap();
    let [Message::Report(report)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((&report.ticket, report.stage), (&task.ticket, Stage::Llm));
    let PageOutcome::Failed { reason, class, detail, .. } = &report.outcome else { panic!("{report:?}") };
    assert_eq!(
        (*reason, *class, detail.as_str()),
        (UrlReason::NoProvider, ErrorClass::Permanent, "no provider configured")
    );
    let other = stage.run(Message::Deep(task)).await;
    assert!(matches!(other, Err(StageError::NotMine(_))), "{other:?}");
}
