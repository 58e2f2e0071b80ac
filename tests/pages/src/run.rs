//! Runs the cases one after the other and sums them up as Rust's own harness does.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::browser::Browser;
use crate::case::{Case, Complaint, Outcome};
use crate::cases;
use crate::environment::{Arguments, Environment};
use crate::stage::{Stage, World};

/// How long the look at a page may take after its case.
const CHECK: Duration = Duration::from_secs(15);

/// Runs what was asked for; returns whether all of it passed.
pub(crate) async fn run(arguments: &Arguments) -> Outcome<bool> {
    let chosen = |case: &Case| {
        arguments.filters.is_empty()
            || arguments.filters.iter().any(|part| case.name.contains(part.as_str()))
    };
    let cases: Vec<Case> = cases::all().into_iter().filter(chosen).collect();
    if arguments.list {
        for case in &cases {
            println!("{}: test", case.name);
        }
        return Ok(true);
    }
    let environment = Environment::read(arguments.engine);
    std::fs::create_dir_all(&environment.output)?;
    let world = Arc::new(World::start(&environment).await?);
    let mut theatre = Theatre { arguments, environment, world, stage: None };

    println!("\nrunning {} tests in {}", cases.len(), arguments.engine);
    let began = Instant::now();
    let (mut passed, mut ignored, mut failures) = (0, 0, Vec::new());
    for case in &cases {
        let why_not = case.not_in.iter().find(|(engine, _)| *engine == arguments.engine);
        if let Some((_, why)) = why_not {
            println!("test {} ... ignored, {why}", case.name);
            ignored += 1;
            continue;
        }
        let started = Instant::now();
        let mut outcome = theatre.play(case).await;
        if let Err(complaint) = &outcome {
            // A busy machine starves a browser now and then; what is broken
            // fails again. The first failure stays in the output.
            println!("test {} ... once more, after: {complaint}", case.name);
            outcome = theatre.play(case).await;
        }
        let took = started.elapsed().as_secs_f64();
        match outcome {
            Ok(()) => {
                println!("test {} ... ok ({took:.1} s)", case.name);
                passed += 1;
            }
            Err(complaint) => {
                println!("test {} ... FAILED ({took:.1} s)", case.name);
                failures.push((&case.name, complaint));
            }
        }
    }
    theatre.close().await;

    if !failures.is_empty() {
        println!("\nfailures:");
        for (name, complaint) in &failures {
            println!("\n---- {name} ----\n{complaint}");
        }
    }
    println!(
        "\ntest result: {}. {passed} passed; {} failed; {ignored} ignored; 0 measured; 0 filtered out; finished in {:.2}s",
        if failures.is_empty() { "ok" } else { "FAILED" },
        failures.len(),
        began.elapsed().as_secs_f64()
    );
    Ok(failures.is_empty())
}

/// Keeps a browser ready from case to case.
struct Theatre<'a> {
    arguments: &'a Arguments,
    environment: Environment,
    world: Arc<World>,
    stage: Option<Arc<Stage>>,
}

impl Theatre<'_> {
    async fn play(&mut self, case: &Case) -> Outcome {
        let stage = self.stage().await?;
        let marks = self.world.marks();
        let playing = tokio::spawn((case.run)(Arc::clone(&stage)));
        let stop = playing.abort_handle();
        let outcome = match timeout(case.limit, playing).await {
            Ok(Ok(Ok(()))) => match timeout(CHECK, stage.check(marks)).await {
                Ok(outcome) => outcome,
                Err(_) => Err(Complaint::new("the page doesn't answer any more")),
            },
            Ok(Ok(Err(complaint))) => Err(complaint),
            Ok(Err(panic)) => Err(Complaint::new(format!("the case itself broke: {panic}"))),
            Err(_) => {
                stop.abort();
                Err(Complaint::new(format!("not done within {:?}", case.limit)))
            }
        };
        let Err(complaint) = outcome else {
            if self.arguments.pictures {
                self.take_picture(&stage, case).await?;
            }
            return Ok(());
        };
        let seen = timeout(CHECK, self.look_at_failure(&stage, case)).await;
        let seen = seen.unwrap_or_else(|_| Err(Complaint::new("the browser doesn't answer")));
        drop(stage);
        // What a failed case left behind must not become the next one's trouble.
        self.close().await;
        let seen = seen.unwrap_or_else(|why| format!("no picture of it: {why}"));
        Err(Complaint::new(format!("{complaint}\n{seen}")))
    }

    /// Leaves a screenshot.
    async fn take_picture(&self, stage: &Stage, case: &Case) -> Outcome<PathBuf> {
        let picture = stage.browser.screenshot().await?;
        let name = case.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let path = self.environment.output.join(format!("{}-{name}.png", self.arguments.engine));
        std::fs::write(&path, picture)?;
        Ok(path)
    }

    /// Leaves a screenshot, and tells what the page printed.
    async fn look_at_failure(&self, stage: &Stage, case: &Case) -> Outcome<String> {
        let watched = stage.browser.evaluate("window.watched ?? null").await;
        let path = self.take_picture(stage, case).await?;
        let watched = watched.map(|watched| watched.to_string()).unwrap_or_default();
        let shown: String = watched.chars().take(4000).collect();
        Ok(format!("the page noted {shown}\nscreenshot: {}", path.display()))
    }

    async fn stage(&mut self) -> Outcome<Arc<Stage>> {
        if let Some(stage) = &self.stage {
            return Ok(Arc::clone(stage));
        }
        let browser = Browser::start(self.arguments.engine, &self.environment).await?;
        let world = Arc::clone(&self.world);
        let stage = Arc::new(Stage { browser, world, environment: self.environment.clone() });
        self.stage = Some(Arc::clone(&stage));
        Ok(stage)
    }

    /// Ends the browser. A case that was stopped lets go of it once it notices.
    async fn close(&mut self) {
        let Some(mut stage) = self.stage.take() else { return };
        for _ in 0..100 {
            match Arc::try_unwrap(stage) {
                Ok(stage) => return stage.browser.end().await,
                Err(held) => stage = held,
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        eprintln!("a case holds on to its browser");
    }
}
