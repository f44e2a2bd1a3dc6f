use super::*;

/// Development: prints what `MIGRATE_LOOK_AT` holds.
#[tokio::test]
#[ignore = "needs MIGRATE_LOOK_AT"]
async fn look() {
    let url = std::env::var("MIGRATE_LOOK_AT").unwrap();
    let mut connection = Connection::open(&url).await.unwrap();
    for _ in 0..5 {
        let start = std::time::Instant::now();
        let schema =
            reflect(&mut connection, &Scope { schemas: vec!["other".into()], ..Scope::default() }).await;
        let took = start.elapsed();
        let schema = schema.unwrap();
        eprintln!("{took:?}: {} tables", schema.tables.len());
        if schema.tables.len() < 50 {
            eprintln!("{schema:#?}");
            return;
        }
    }
}
