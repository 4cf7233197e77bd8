//! What steps see of each other across rounds, and where their items came from.

use monshyflow_engine::{Call, Origin, Place, Plan, Seen, Wait};
use monshyflow_workflow::PortIndex;

use crate::support::labels::text;
use crate::support::shelf::Shelf;
use crate::support::table::Game;

const NESTED: &str = "start > each1; each1.body > a; a > each2; each2.body > b; b > each2.next; each2 > c; c > each1.next; \
                      start > d; each1 > e; b > f; f > each2.next";

/// Two rounds of `each1`; the second one is in the second round of `each2`.
const INPUTS: &str = "request start
    begin
    start ok
    d ok
    each1 rounds 1 2
    a[0] ok
    each2[0] rounds 1
    b[0,0] out 2
    f[0,0] ok
    each2[0] ok
    c[0] ok
    a[1] out 3
    each2[1] rounds 1 2
    b[1,0] ok
    f[1,0] out 2";

fn place(game: &Game, text: &str) -> Place {
    game.step_id(text).place()
}

fn seen(game: &Game, node: &str, from: &str) -> String {
    seen_with(&Shelf::default(), game, node, from)
}

fn seen_with(shelf: &Shelf, game: &Game, node: &str, from: &str) -> String {
    match game
        .run
        .outputs_at(&game.workflow, game.node(node), &place(game, from))
    {
        Seen::NotRun => "not run".to_owned(),
        Seen::Outputs { iteration, outputs } => {
            let ports: Vec<_> = outputs
                .iter()
                .map(|(_, items)| text(&shelf.load(items)))
                .collect();
            format!("{} {iteration:?}", ports.join(" "))
        }
    }
}

#[test]
fn a_step_sees_its_own_round_those_around_it_and_the_last_of_others() {
    let game = Game::after(NESTED, INPUTS);
    for (node, from, expected) in [
        ("start", "b[1,1]", "start1 []"),
        ("d", "b[1,1]", "d1 []"),
        ("a", "b[1,1]", "a1@1 a2@1 a3@1 [1]"),
        ("a", "b[0,0]", "a1@0 [0]"),
        ("b", "f[0,0]", "b1@0.0 b2@0.0 [0, 0]"),
        ("b", "f[1,1]", "not run"),
        ("b", "c[1]", "b1@1.0 [1, 0]"),
        ("b", "c[0]", "b1@0.0 b2@0.0 [0, 0]"),
        ("b", "e", "b1@1.0 [1, 0]"),
        ("c", "e", "c1@0 [0]"),
        ("c", "a[1]", "not run"),
        ("c", "b[1,1]", "not run"),
        ("e", "b[1,1]", "not run"),
    ] {
        assert_eq!(seen(&game, node, from), expected, "{node} from {from}");
    }
}

#[test]
fn what_rounds_left_is_seen_wherever_it_is() {
    let over = format!("{INPUTS}\n b[1,1] ok\n f[1,1] ok\n each2[1] ok");
    let mut game = Game::after(NESTED, &over);
    let mut shelf = Shelf::default();
    assert_eq!(shelf.spill(&mut game.run, u64::MAX), 0);
    // The round `each1[1]` is not over; the others hold what `a`, `b`, `c`, `each2` and `f` left, and what they began with.
    let first = shelf.spill(&mut game.run, 100);
    assert!(first > 0);
    assert!(shelf.spill(&mut game.run, 0) > 0);
    assert_eq!(shelf.spill(&mut game.run, 0), 0);
    let check = |shelf: &Shelf, game: &Game| {
        for (node, from, expected) in [
            ("b", "f[0,0]", "b1@0.0 b2@0.0 [0, 0]"),
            ("b", "f[1,0]", "b1@1.0 [1, 0]"),
            ("b", "c[1]", "b1@1.1 [1, 1]"),
            ("b", "e", "b1@1.1 [1, 1]"),
            ("a", "b[0,0]", "a1@0 [0]"),
        ] {
            assert_eq!(seen_with(shelf, game, node, from), expected, "{node} from {from}");
        }
    };
    check(&shelf, &game);
    let outputs = game.run.outputs_of(&place(&game, "b[0,0]")).unwrap();
    assert!(outputs[0].1.items_in_memory().is_none(), "they are on the shelf");
    let results = &game.run.inputs(&game.workflow, &game.step_id("each2[1]"))[1];
    assert!(
        results.items_in_memory().is_none(),
        "so are those that the loop got"
    );
    assert_eq!(text(&shelf.load(results)), "b1@1.0 f1@1.0 f2@1.0 b1@1.1 f1@1.1");
    let (mut game, mut shelf) = (
        Game::after(NESTED, &format!("{over}\n c[1] ok")),
        Shelf::default(),
    );
    assert!(shelf.spill(&mut game.run, 0) > 0);
    check(&shelf, &game);
    assert_eq!(seen_with(&shelf, &game, "c", "e"), "c1@1 [1]");
    assert_eq!(origin(&game, "each1", 1, "next", 0), output(&game, "c[0]", 0, 0));
    assert_eq!(
        origin(&game, "b[1,0]", 0, "in", 0),
        round(&game, "each2[1]", 0, 0)
    );
}

fn origin(game: &Game, step: &str, number: u32, port: &str, index: usize) -> Option<Origin> {
    let place = place(game, step);
    let port = game.workflow.node(place.node).node_type.input(port);
    let port = port.unwrap_or(PortIndex(
        game.workflow.node(place.node).node_type.inputs.len() as u16
    ));
    game.run
        .origin(&game.workflow, &Call { place, number }, port, index)
}

fn output(game: &Game, step: &str, call: u32, index: usize) -> Option<Origin> {
    let place = place(game, step);
    let ports = game.workflow.loop_ports(place.node);
    Some(Origin::Output {
        node: place.node,
        iteration: place.iteration,
        call,
        port: ports.map_or(PortIndex(0), |ports| ports.done),
        index,
    })
}

fn round(game: &Game, step: &str, call: u32, index: usize) -> Option<Origin> {
    let place = place(game, step);
    Some(Origin::Round {
        node: place.node,
        iteration: place.iteration,
        call,
        index,
    })
}

#[test]
fn items_are_followed_back_through_rounds() {
    let game = Game::after(
        NESTED,
        &format!("{INPUTS}\n b[1,1] ok\n f[1,1] ok\n each2[1] ok\n c[1] ok"),
    );
    assert_eq!(
        origin(&game, "start", 0, "trigger", 0),
        Some(Origin::Request { index: 0 })
    );
    assert_eq!(origin(&game, "each1", 0, "in", 0), output(&game, "start", 0, 0));
    assert_eq!(origin(&game, "each1", 0, "next", 0), None);
    assert_eq!(origin(&game, "each1", 1, "next", 1), output(&game, "c[1]", 0, 0));
    assert_eq!(origin(&game, "each1", 1, "next", 2), None);
    assert_eq!(origin(&game, "a[1]", 0, "in", 1), round(&game, "each1", 0, 2));
    assert_eq!(
        origin(&game, "b[1,0]", 0, "in", 0),
        round(&game, "each2[1]", 0, 0)
    );
    assert_eq!(
        origin(&game, "b[1,1]", 0, "in", 1),
        round(&game, "each2[1]", 0, 2)
    );
    assert_eq!(origin(&game, "b[1,1]", 0, "in", 2), None);
    assert_eq!(origin(&game, "c[1]", 0, "in", 0), output(&game, "each2[1]", 1, 0));
    // Results are b1@1.0, f1@1.0, f2@1.0, b1@1.1, f1@1.1.
    for (index, step, there) in [
        (0, "b[1,0]", 0),
        (1, "f[1,0]", 0),
        (2, "f[1,0]", 1),
        (3, "b[1,1]", 0),
        (4, "f[1,1]", 0),
    ] {
        assert_eq!(
            origin(&game, "each2[1]", 1, "next", index),
            output(&game, step, 0, there)
        );
    }
    assert_eq!(game.run.last_call(&place(&game, "each2[1]")), Some(1));
    let asked = Call {
        place: place(&game, "each2[1]"),
        number: 0,
    };
    assert_eq!(
        text(game.run.round_items(&asked).unwrap()),
        "each21@1 each22@1 each23@1"
    );
}

#[test]
fn items_of_a_while_loop_are_those_of_their_own_call() {
    let game = Game::after(
        "start > each; each.body > a; a > each.next; each > b",
        "request start
         begin
         start ok
         each rounds 1
         a[0] ok
         each rounds 1 1
         a[1] ok
         a[2] ok
         each until 5
         each woken
         each rounds 1
         a[3] ok
         each ok",
    );
    assert_eq!(origin(&game, "a[0]", 0, "in", 0), round(&game, "each", 0, 0));
    assert_eq!(origin(&game, "a[2]", 0, "in", 0), round(&game, "each", 1, 1));
    assert_eq!(origin(&game, "a[3]", 0, "in", 0), round(&game, "each", 3, 0));
    assert_eq!(origin(&game, "each", 1, "next", 0), output(&game, "a[0]", 0, 0));
    assert_eq!(origin(&game, "each", 2, "next", 1), output(&game, "a[2]", 0, 0));
    assert_eq!(origin(&game, "each", 3, "next", 0), None);
    assert_eq!(origin(&game, "each", 4, "next", 0), output(&game, "a[3]", 0, 0));
    assert_eq!(origin(&game, "b", 0, "in", 0), output(&game, "each", 4, 0));
    assert_eq!(
        origin(&game, "each", 3, "resumed", 2),
        Some(Origin::Resumed { index: 2 })
    );
}

#[test]
fn a_plan_and_waits_are_part_of_the_history() {
    let game = Game::after(
        "start > a; a > b",
        "request start to a\n begin\n start ok\n a asks until 5",
    );
    let plan = match &game.events[0] {
        monshyflow_engine::Event::RunRequested { plan, .. } => plan.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        plan,
        Plan {
            to: Some(game.node("a")),
            pins: false
        }
    );
    assert_eq!(
        game.events.last().map(monshyflow_engine::Event::kind),
        Some("step-suspended")
    );
    let waits: Vec<_> = game.run.waits().collect();
    assert!(matches!(
        waits.as_slice(),
        [(
            _,
            Wait::Signal {
                until_ms: Some(5),
                ..
            }
        )]
    ));
}

fn delivered(game: &Game, step: &str, port: u16) -> String {
    let delivery = game
        .run
        .delivery(&game.workflow, &place(game, step), PortIndex(port));
    delivery.map_or_else(
        || "nobody".to_owned(),
        |by| {
            let node = game.workflow.node(by.node);
            let port = usize::from(by.port.0);
            format!(
                "{}.{} {:?}",
                node.name, node.node_type.outputs[port], by.iteration
            )
        },
    )
}

#[test]
fn the_edge_that_delivered_is_known() {
    let game = Game::after(NESTED, INPUTS);
    for (step, port, by) in [
        ("start", 0, "nobody"),
        ("d", 0, "start.out []"),
        ("each1", 0, "start.out []"),
        ("a[1]", 0, "each1.body [1]"),
        ("each2[1]", 0, "a.out [1]"),
        ("f[0,0]", 0, "b.out [0, 0]"),
        ("c[0]", 0, "each2.done [0]"),
        ("each2[0]", 1, "b.out [0, 0]"),
        // No round has come back yet: what it began with.
        ("each2[1]", 1, "a.out [1]"),
    ] {
        assert_eq!(delivered(&game, step, port), by, "{step} {port}");
    }
    // The first edge of the document is dead, the second empty.
    let game = Game::after(
        "start > if; if.true > a; if.false > b; a > c; b > c; start > d",
        "request start\n begin\n start ok\n if false 2\n b out 0",
    );
    assert_eq!(delivered(&game, "b", 0), "if.false []");
    assert_eq!(delivered(&game, "c", 0), "b.out []");
}

#[test]
fn the_nearest_way_says_which_port_leads_on() {
    let game = Game::after(NESTED, INPUTS);
    for (from, to, port) in [
        ("each1", "a", Some("body")),
        ("each1", "e", Some("done")),
        ("each2", "b", Some("body")),
        ("each2", "c", Some("done")),
        ("each2", "e", Some("done")),
        ("each1", "f", Some("body")),
        ("e", "a", None),
        ("d", "e", None),
    ] {
        let toward = game.workflow.port_toward(game.node(from), game.node(to));
        let name = |port: PortIndex| {
            let outputs = &game.workflow.node(game.node(from)).node_type.outputs;
            outputs[usize::from(port.0)].as_str()
        };
        assert_eq!(toward.map(name), port, "{from} to {to}");
    }
}
