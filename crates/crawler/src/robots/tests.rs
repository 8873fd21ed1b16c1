use super::*;

#[test]
fn what_is_remembered_of_origins_has_a_bound() {
    let mut origins = Origins::default();
    let tenant = Tenant::local();
    let slot = origins.slot(&tenant, "https://a.example");
    assert!(Arc::ptr_eq(&slot, &origins.slot(&tenant, "https://a.example")));
    origins.add(MAX_WEIGHT - SLOT_WEIGHT);
    assert_eq!(origins.slots.len(), 1);
    origins.slot(&tenant, "https://b.example");
    assert_eq!(origins.slots.len(), 1, "the others are looked up again");
    for n in 0..300_000 {
        origins.slot(&tenant, &format!("https://{n}.example"));
    }
    assert!(origins.slots.len() * SLOT_WEIGHT <= MAX_WEIGHT);
}
