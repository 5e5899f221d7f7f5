//! Token totals → how many copies of which document, and in which order: quotas that are exact, selections that nest.
//!
//! It knows names, keys and token counts, and neither text nor Arrow. From totals alone, before any document is looked at,
//! it says what each source has to give, or why the mix cannot be had ([`Infeasible`]).
//!
//! # Example: plan a mix
//!
//! ```
//! use mashbill::mix::{Budget, MixAsk, SourceSupply};
//!
//! let ask = MixAsk::new(Budget::Tokens(1_000))
//!     .group("organic", 0.5)
//!     .group("code", 0.2)
//!     .group("synthetic", 0.3);
//! let supplies = [
//!     SourceSupply::new("web", "organic", 900, 9), // tokens, documents
//!     SourceSupply::new("stack", "code", 400, 4),
//!     SourceSupply::new("textbooks", "synthetic", 200, 2).max_epochs(2.0),
//! ];
//! let quotas = ask.quotas(&supplies)?;
//!
//! let tokens: Vec<u64> = quotas.sources.iter().map(|s| s.quota).collect();
//! assert_eq!(tokens, [500, 200, 300]);
//! # Ok::<(), mashbill::Error>(())
//! ```
//!
//! # Example: pick the documents
//!
//! A plan also picks the documents. Their ids and token counts may come from anywhere:
//!
//! ```
//! use mashbill::mix::{Budget, DocKey, Item, MixAsk, SourceSupply};
//!
//! // 100 documents a source, 50 to 99 tokens each.
//! let ids: Vec<String> = (0..100).map(|i| format!("doc-{i}")).collect();
//! let length = |i: usize| 50 + (i as u64 * 7) % 50;
//! let tokens = (0..100).map(length).sum();
//! let supplies = [
//!     SourceSupply::new("web", "organic", tokens, 100),
//!     SourceSupply::new("textbooks", "synthetic", tokens, 100),
//! ];
//! let plan = MixAsk::new(Budget::Tokens(5_000)).group("organic", 0.7).group("synthetic", 0.3).plan(
//!     &supplies,
//!     |source| {
//!         let key = |id: &str| DocKey::new(17, &source.name, id, 0); // seed, source, id, occurrence
//!         Ok(ids.iter().enumerate().map(|(i, id)| Item::new(key(id), length(i))).collect())
//!     },
//! )?;
//!
//! assert_eq!(plan.tokens(), 5_000);
//! assert_eq!(plan.share_table()[1].got_tokens, 1_500); // 30 %, to the token
//! let copies = plan.copies(0, DocKey::new(17, "web", "doc-42", 0));
//! assert!(copies <= 1);
//! # Ok::<(), mashbill::Error>(())
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `ask` | what is wanted and what there is: [`MixAsk`], [`SourceSupply`], [`Budget`], [`Shortage`] |
//! | `share`, `apportion` | exact decimal fractions, and whole tokens from them |
//! | `check`, `quota`, `infeasible` | the ask in integers → [`Quotas`], or why not |
//! | `key` | the hash contract: [`DocKey`], [`order_key`] |
//! | `select`, `repair` | a quota and keyed documents → [`Selection`] |
//! | `quality` | keys by score: a minimum, the top, weighted chances, buckets: [`Quality`] |
//! | `draw` | [`select`], after pools and buckets: [`draw`](draw()) |
//! | `target`, `rule` | shares of unique or effective tokens ([`Target`]); shares that a rule sets ([`ShareRule`]) |
//! | `caps` | no more than so much of one kind, generator, template or round: [`Caps`], [`Capper`] |
//! | `stages` | several mixes from the same documents under one cap: [`StagedPlan`] |
//! | `stream` | the same selection from documents too many to hold: [`Selector`] |
//! | `plan` | all of it together: [`MixPlan`] |
//! | [`weights`] | shares from totals: temperature, UniMax, the value of repeated tokens, quality-bucketed epochs |
//! | `interleave` | the order between sources that keeps the shares in every prefix: [`Interleave`] |
//! | `ranks` | documents dealt over ranks, each with an order of its own: [`Deal`] |

mod apportion;
mod ask;
mod caps;
mod check;
mod draw;
mod infeasible;
mod interleave;
mod key;
mod plan;
mod quality;
mod quota;
mod ranks;
mod repair;
mod rule;
mod select;
mod share;
mod stages;
mod stream;
mod target;
pub mod weights;

pub use apportion::largest_remainder;
pub use ask::{Budget, GroupAsk, MixAsk, Shortage, SourceSupply};
pub use caps::{
    CapDoc, CapFix, CapHeld, CapLimit, CapLine, CapPlan, CapShort, CapSource, CapWalk, Capped, Capper, Caps, FieldCaps,
    ShortCap,
};
pub use draw::{bucket_quotas, draw};
pub use infeasible::{Infeasible, ShortGroup};
pub use interleave::Interleave;
pub use key::{DocKey, SourceSalt, order_key};
pub use plan::{MixPlan, ShareRow, SourcePlan};
pub use quality::{Cuts, Quality, Replay, ScoreEpochs, Scored, SelectBy, race_key};
pub use quota::{GroupQuota, Note, Quotas, SourceQuota};
pub use ranks::Deal;
pub use rule::ShareRule;
pub use select::{HOPS, Item, LARGEST_GAP, STEP_BACK, Selection, WIDE_DOCS, WINDOW, select};
pub use share::Share;
pub use stages::{StageAsk, StagePlan, StageSource, StagedPlan, Staging, stage_quotas};
pub use stream::Selector;
pub use target::Target;
