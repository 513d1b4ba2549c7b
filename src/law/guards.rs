//! Every named guard: what it checks, the code it refuses with, and the rule it comes from.
//!
//! A guard without its facts in the body is silent, so that the same guards tell before a call what already stands in
//! its way. To add one: a line in [`guards!`] and an arm in `Guard::blame`.

use std::collections::BTreeSet;

use super::decide::Question;
use super::facts::{BodyFacts, EvidenceFacts};
use super::lifecycle::{Escalation, OrderKind, Production, Source, SuspensionScope};
use super::scope::{Level, Role};
use crate::values::Day;

/// How a broken guard is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is about the caller: 403.
    Authority,
    /// It is about what is asked for: 422.
    Rule,
}

/// A guard that said no, and about which member of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken<G = Guard> {
    /// The guard.
    pub guard: G,
    /// RFC 6901 pointer into the body; empty when no member is to blame.
    pub pointer: String,
}

/// Declares the guards of one table: `Variant = "code", Standing, "中文", "English", "source of law";`.
macro_rules! guards {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($guard:ident = $code:literal, $standing:ident, $zh:literal, $en:literal, $source:literal;)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = $en] $guard,)+
        }

        impl $name {
            /// Every guard.
            pub const ALL: &'static [Self] = &[$(Self::$guard,)+];

            /// The code it refuses with.
            pub fn code(self) -> &'static str {
                match self { $(Self::$guard => $code,)+ }
            }

            /// What it says.
            pub fn label(self) -> $crate::values::Label {
                match self { $(Self::$guard => $crate::values::Label { zh: $zh, en: $en },)+ }
            }

            /// How it is answered.
            pub fn standing(self) -> $crate::law::guards::Standing {
                match self { $(Self::$guard => $crate::law::guards::Standing::$standing,)+ }
            }

            /// The rule it comes from.
            pub fn source(self) -> &'static str {
                match self { $(Self::$guard => $source,)+ }
            }
        }
    };
}

pub(super) use guards;

guards! {
    /// A named check of what is done to a hazard. Its code is part of the contract.
    pub enum Guard {
        SourceFitsRole = "source_not_for_role", Rule, "来源与身份不符：企业只能自查自报，检查人员只能上报检查发现，举报受理人员只能转报群众举报",
            "the source does not fit the role: a unit self-reports, an inspector reports inspections, a tip officer reports tips", "lifecycle: report";
        OwnUnit = "foreign_unit", Authority, "只能办理本单位的隐患", "a unit acts only on its own hazards", "lifecycle: report";
        InsideScope = "outside_scope", Authority, "超出管辖的区域或行业", "outside the caller's areas or industries", "api: areas, industries";
        UnitKnown = "enterprise_unknown", Rule, "没有登记这个单位", "the unit is not on record", "lifecycle: report";
        RecurrenceKnown = "recurrence_unknown", Rule, "本单位没有这条以前的隐患", "the earlier hazard is not on record for this unit", "lifecycle: report";
        FoundNotInFuture = "found_in_future", Rule, "发现日期不能晚于今天", "the day of finding must not be in the future", "lifecycle: report";
        CriteriaRequired = "criteria_required", Rule, "认定必须引用至少一条判定标准", "confirmation must cite a clause of a judgment standard", "plan, items 11 and 12";
        CriteriaKnown = "criterion_unknown", Rule, "引用的判定标准条款不在目录内", "the clause is not on record", "plan, items 11 and 12";
        CriteriaInForce = "criterion_not_in_force", Rule, "引用的判定标准条款在发现（自查）之日未施行", "the clause was not in force on the day of finding or checking", "lifecycle: confirm";
        EvidenceRequired = "evidence_required", Rule, "必须附整改证据", "evidence is required", "lifecycle: submit_completion";
        EvidenceKnown = "attachment_unknown", Rule, "引用的附件不存在", "the attachment is not on record", "lifecycle: submit_completion";
        EvidenceHere = "attachment_outstanding", Rule, "引用的附件尚未上传", "the bytes of the attachment are still to come", "lifecycle: submit_completion";
        MergeTargetKnown = "merge_target_unknown", Rule, "并入的隐患不存在", "the hazard to merge into is not on record", "lifecycle: merge";
        MergeIntoAnother = "merge_into_itself", Rule, "不能并入自身", "a hazard cannot be merged into itself", "lifecycle: merge";
        MergeTargetOpen = "merge_target_not_open", Rule, "并入的隐患已办结", "the hazard to merge into is not open", "lifecycle: merge";
        MergeSameUnit = "merge_target_of_another_unit", Rule, "并入的隐患属于其他单位", "the hazard to merge into belongs to another unit", "lifecycle: merge";
        MergeNoChain = "merge_would_chain", Rule, "已有其他隐患并入本隐患，不能再并入别的隐患", "another hazard was merged into this one already", "lifecycle: merge";
        CommitteeOrdersOrdinary = "committee_orders_ordinary_only", Rule, "专业安委会只能下达一般督办", "a committee may only serve ordinary orders", "lifecycle: order";
        MunicipalFindIsListed = "municipal_find_must_be_listed", Rule, "市级及以上发现的隐患必须挂牌督办", "a find at municipal level or above must be under a listed order", "plan, item 14";
        OrderLevelReached = "order_level_above_caller", Rule, "督办层级高于本机构层级", "the order's level is above the caller's", "lifecycle: order";
        PlanDueNotPast = "plan_due_in_past", Rule, "方案提交期限不能早于今天", "the date for the plan must not be in the past", "lifecycle: order";
        DueNotPast = "due_in_past", Rule, "整改期限不能早于今天", "the date must not be in the past", "lifecycle: order";
        PlanDueWithinDue = "plan_due_after_due", Rule, "方案提交期限不能晚于整改期限", "the plan cannot be due after the rectification", "lifecycle: order";
        PlanDueWithinOrder = "plan_due_after_order", Rule, "方案提交期限不能晚于督办整改期限", "the plan cannot be due after the order's date", "lifecycle: return_plan";
        OrderIsOrdinary = "order_already_listed", Rule, "已是挂牌督办", "the order is listed already", "lifecycle: upgrade_order";
        LevelNotLowered = "order_level_lowered", Rule, "升级后的督办层级不能低于原层级", "an upgrade cannot lower the order's level", "lifecycle: upgrade_order";
        PlanWithinOrder = "plan_after_order", Rule, "方案完成日期不能晚于督办整改期限", "the plan must not end after the order's date", "lifecycle: submit_plan";
        BeforeDeadline = "deadline_passed", Rule, "整改期限已过，不能再申请延期", "the deadline has passed; more time can no longer be asked for", "lifecycle: request_extension";
        NoPendingExtension = "extension_pending", Rule, "已有一份延期申请待审批", "a request for more time is pending already", "lifecycle: request_extension";
        PendingExtension = "no_extension_pending", Rule, "没有待审批的延期申请", "no request for more time is pending", "lifecycle: decide_extension";
        ExtensionsLeft = "extensions_exhausted", Rule, "延期次数已达上限", "no more extensions may be granted", "lifecycle: decide_extension";
        ApprovalNamesDate = "approval_needs_date", Rule, "批准延期必须写明新的期限", "an approval must name the new date", "lifecycle: decide_extension";
        DueLater = "due_not_later", Rule, "新的期限必须晚于现期限", "the new date must be later than the present one", "lifecycle: request_extension";
        LevelOfOrder = "level_below_order", Authority, "本机构层级低于督办层级", "the caller's level is below the order's", "lifecycle: sign_off, decide_extension";
        NotSuspendedSo = "already_suspended", Rule, "已处于该范围的停产停业状态", "production is suspended to that extent already", "lifecycle: suspend_production";
        ProductionSuspended = "production_not_suspended", Rule, "没有停产停业", "production is not suspended", "lifecycle: resume_production";
        CompletedNotInFuture = "completed_in_future", Rule, "完成日期不能晚于今天", "the day of completion must not be in the future", "lifecycle: submit_completion";
        CompletedAfterFound = "completed_before_found", Rule, "完成日期不能早于发现日期", "the day of completion must not be before the day of finding", "lifecycle: submit_completion";
        EvaluationRequired = "evaluation_required", Rule, "挂牌督办或停产停业的隐患必须附治理评估", "a listed order or a stop of production calls for an evaluation", "order 16 of 2008, article 18";
        EvaluationKnown = "evaluation_attachment_unknown", Rule, "评估报告附件不存在", "the report of the evaluation is not on record", "order 16 of 2008, article 18";
        TwoReviewers = "two_reviewers_required", Rule, "现场复查至少需要两名复查人员", "an on-site review takes two people or more", "administrative penalties law of 2021, article 42";
        ReviewersDiffer = "reviewers_not_different", Rule, "复查人员的姓名和证件号必须各不相同", "reviewers must differ in name and in certificate", "administrative penalties law of 2021, article 42";
        ReviewedNotInFuture = "reviewed_in_future", Rule, "复查日期不能晚于今天", "the day of the review must not be in the future", "lifecycle: review";
        ReviewedAfterCompletion = "reviewed_before_completion", Rule, "复查日期不能早于完成日期", "the day of the review must not be before the completion", "lifecycle: review";
        FailureNamesDate = "failed_review_needs_date", Rule, "复查未通过必须写明新的整改期限", "a failed review must name the new date", "lifecycle: review";
        SignerDidNotReport = "signer_reported", Authority, "上报人不能销号", "whoever reported a hazard cannot sign it off", "lifecycle: sign_off";
        SignerDidNotReview = "signer_reviewed", Authority, "录入复查的人员不能销号", "whoever recorded the review cannot sign off", "lifecycle: sign_off";
        EvidenceComplete = "evidence_outstanding", Rule, "隐患引用的证据尚未全部上传，不能销号", "evidence that the hazard cites is still to come", "lifecycle: sign_off";
        LateOrStalled = "neither_late_nor_stalled", Rule, "未逾期也未停滞，不能催办", "the hazard is neither late nor stalled", "plan, item 14";
        RungHigher = "rung_not_higher", Rule, "只能升级到更高一级的催办措施", "the ladder is only climbed", "lifecycle: escalate";
        SkippedRungHasReason = "skipped_rung_needs_reason", Rule, "越级催办必须说明理由", "a skipped rung calls for a reason", "lifecycle: escalate";
        DecidedNotInFuture = "decided_in_future", Rule, "处罚决定日期不能晚于今天", "the day of the decision must not be in the future", "lifecycle: penalize";
        DecidedAfterFound = "decided_before_found", Rule, "处罚决定日期不能早于发现日期", "the day of the decision must not be before the day of finding", "lifecycle: penalize";
        FineNamesAmount = "fine_needs_amount", Rule, "罚款必须写明单位或个人的金额", "a fine must name the amount for the unit or the person", "plan, items 16 and 22";
        PersonalAmountNamesPerson = "personal_amount_needs_person", Rule, "个人罚款必须写明被处罚人", "an amount for a person must name the person", "plan, items 16 and 22";
        AccountabilityNotOpen = "accountability_already_open", Rule, "已启动责任倒查", "an inquiry has been opened already", "plan, item 13";
        AuthorityKnown = "authority_unknown", Rule, "没有登记这个机构", "the authority is not on record", "lifecycle: transfer";
        AuthorityCompetent = "authority_not_competent", Rule, "该机构不管辖隐患所在的区域或行业", "the authority is not in charge of the hazard's area and industry", "lifecycle: transfer";
        AuthorityReachesOrder = "authority_below_order", Rule, "该机构层级低于督办层级", "the authority's level is below the order's", "lifecycle: transfer";
        TransferToAnother = "authority_unchanged", Rule, "隐患已由该机构负责", "that authority is in charge already", "lifecycle: transfer";
        SignerIsNoReviewer = "signer_is_reviewer", Authority, "复查人员不能销号", "a named reviewer cannot sign off", "lifecycle: sign_off";
    }
}

/// The answer of a guard: which members of the body are to blame, none when it holds.
type Blame = Vec<String>;

fn holds() -> Blame {
    Vec::new()
}

fn blames(pointer: &str) -> Blame {
    vec![pointer.to_owned()]
}

fn check(fits: bool, pointer: &str) -> Blame {
    if fits { holds() } else { blames(pointer) }
}

/// A day that the body may name must lie where `fits` says.
fn check_day(day: Option<Day>, pointer: &str, fits: impl Fn(Day) -> bool) -> Blame {
    check(day.is_none_or(fits), pointer)
}

impl Guard {
    /// Checks the guard and returns every place at which it is broken.
    pub fn broken(self, question: &Question<'_>) -> Vec<Broken> {
        self.blame(question)
            .into_iter()
            .map(|pointer| Broken { guard: self, pointer })
            .collect()
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one arm per guard reads better than a function per guard"
    )]
    fn blame(self, question: &Question<'_>) -> Blame {
        let hazard = question.hazard;
        let caller = question.caller;
        let today = question.now.day();
        let order = hazard.supervision.as_ref();
        let none = BodyFacts::default();
        let body = question.body.unwrap_or(&none);
        let given = question.body.is_some();
        match self {
            Self::SourceFitsRole => {
                let fits = |source: Source| caller.has(source.reporter());
                check(body.source.is_none_or(fits), "/source")
            }
            Self::OwnUnit => check(
                !caller.is_enterprise() || caller.unit.as_ref() == Some(&hazard.unit),
                "/enterprise",
            ),
            Self::InsideScope => check(
                caller
                    .ledger_scope()
                    .is_some_and(|scope| scope.covers(&hazard.area, &hazard.industry, &hazard.unit)),
                "/area",
            ),
            Self::UnitKnown => check(body.unit_known != Some(false), "/enterprise"),
            Self::RecurrenceKnown => check(body.recurrence_known != Some(false), "/recurrence_of"),
            Self::FoundNotInFuture => check_day(body.found_on, "/found_on", |day| day <= today),
            Self::CriteriaRequired => check(!given || !body.criteria.is_empty(), "/criteria"),
            Self::CriteriaKnown => indexed("/criteria", body.criteria.iter().map(|criterion| criterion.known)),
            Self::CriteriaInForce => indexed(
                "/criteria",
                body.criteria
                    .iter()
                    .map(|criterion| criterion.in_force || !criterion.known),
            ),
            Self::EvidenceRequired => check(!given || !body.attachments.is_empty(), "/attachments"),
            Self::EvidenceKnown => indexed(
                "/attachments",
                body.attachments.iter().map(|evidence| evidence.is_known()),
            ),
            Self::EvidenceHere => {
                let is_here = |evidence: &EvidenceFacts| evidence.is_not_outstanding();
                let mut blame = indexed("/attachments", body.attachments.iter().map(is_here));
                blame.extend(check(body.evaluation.iter().all(is_here), "/evaluation/attachment"));
                blame
            }
            Self::MergeTargetKnown => check(body.merge_into.is_none_or(|into| into.known), "/into"),
            Self::MergeIntoAnother => check(body.merge_into.is_none_or(|into| !into.same_hazard), "/into"),
            Self::MergeTargetOpen => check(body.merge_into.is_none_or(|into| into.open || !into.known), "/into"),
            Self::MergeSameUnit => check(
                body.merge_into.is_none_or(|into| into.same_unit || !into.known),
                "/into",
            ),
            Self::MergeNoChain => check(body.merge_into.is_none_or(|into| !into.would_chain), "/into"),
            Self::CommitteeOrdersOrdinary => check(
                body.order_kind != Some(OrderKind::Listed) || caller.has(Role::Regulator),
                "/kind",
            ),
            Self::MunicipalFindIsListed => check(
                body.order_kind.is_none_or(|kind| kind == OrderKind::Listed)
                    || hazard.found_level.is_some_and(|found| found < Level::Municipal),
                "/kind",
            ),
            Self::OrderLevelReached => check(body.level.is_none_or(|level| caller.level_reaches(level)), "/level"),
            Self::PlanDueNotPast => check_day(body.plan_due_on, "/plan_due_on", |day| day >= today),
            Self::DueNotPast => check_day(body.due_on, "/due_on", |day| day >= today),
            Self::PlanDueWithinDue => check_day(body.plan_due_on, "/plan_due_on", |day| {
                body.due_on.is_none_or(|due| day <= due)
            }),
            Self::PlanDueWithinOrder => check_day(body.plan_due_on, "/plan_due_on", |day| {
                order.is_none_or(|order| day <= order.due_on.max(today))
            }),
            Self::OrderIsOrdinary => check(order.is_none_or(|order| order.kind == OrderKind::Ordinary), ""),
            Self::LevelNotLowered => check(
                body.level
                    .is_none_or(|level| order.is_none_or(|order| level >= order.level)),
                "/level",
            ),
            Self::PlanWithinOrder => check_day(body.due_on, "/due_on", |day| {
                order.is_none_or(|order| day <= order.due_on)
            }),
            Self::BeforeDeadline => check(order.is_none_or(|order| today <= order.due_on), ""),
            Self::NoPendingExtension => check(hazard.pending_extension.is_none(), ""),
            Self::PendingExtension => check(hazard.pending_extension.is_some(), ""),
            Self::ExtensionsLeft => check(
                body.approved == Some(false)
                    || order.is_none_or(|order| order.extensions < question.policy.maximum_extensions()),
                if body.approved.is_some() { "/approved" } else { "" },
            ),
            Self::ApprovalNamesDate => check(body.approved != Some(true) || body.due_on.is_some(), "/due_on"),
            Self::DueLater => check_day(body.due_on.filter(|_| body.approved != Some(false)), "/due_on", |day| {
                order.is_none_or(|order| day > order.due_on) && day >= today
            }),
            Self::LevelOfOrder => check(order.is_some_and(|order| caller.level_reaches(order.level)), ""),
            Self::NotSuspendedSo => {
                let blocked = match body.suspension {
                    Some(SuspensionScope::Partial) => hazard.production == Production::PartiallySuspended,
                    Some(SuspensionScope::Full) => hazard.production == Production::Suspended,
                    None => false,
                };
                check(!blocked, "/scope")
            }
            Self::ProductionSuspended => check(hazard.production != Production::Running, ""),
            Self::CompletedNotInFuture => check_day(body.completed_on, "/completed_on", |day| day <= today),
            Self::CompletedAfterFound => check_day(body.completed_on, "/completed_on", |day| day >= hazard.found_on),
            Self::EvaluationRequired => {
                let due = order.is_some_and(|order| order.kind == OrderKind::Listed)
                    || hazard.production != Production::Running;
                check(!given || !due || body.evaluation.is_some(), "/evaluation")
            }
            Self::EvaluationKnown => check(
                body.evaluation.is_none_or(EvidenceFacts::is_known),
                "/evaluation/attachment",
            ),
            Self::TwoReviewers => check(!given || body.reviewers.len() >= 2, "/reviewers"),
            Self::ReviewersDiffer => {
                let names: BTreeSet<&str> = body.reviewers.iter().map(|reviewer| reviewer.name.trim()).collect();
                let certificates: BTreeSet<&str> = body
                    .reviewers
                    .iter()
                    .map(|reviewer| reviewer.certificate_number.trim())
                    .collect();
                let people = body.reviewers.len();
                check(names.len() == people && certificates.len() == people, "/reviewers")
            }
            Self::ReviewedNotInFuture => check_day(body.reviewed_on, "/reviewed_on", |day| day <= today),
            Self::ReviewedAfterCompletion => check_day(body.reviewed_on, "/reviewed_on", |day| {
                hazard.completed_on.is_none_or(|completed| day >= completed)
            }),
            Self::FailureNamesDate => check(body.passed != Some(false) || body.due_on.is_some(), "/due_on"),
            Self::LateOrStalled => check(hazard.is_late(today) || hazard.is_stalled(today, question.policy), ""),
            Self::RungHigher => match body.rung {
                Some(rung) => check(Escalation::from(rung) > hazard.escalation, "/kind"),
                None => check(hazard.escalation.next().is_some(), ""),
            },
            Self::SkippedRungHasReason => check(
                body.rung
                    .is_none_or(|rung| hazard.escalation.next().is_none_or(|next| rung <= next))
                    || body.skip_reasoned,
                "/skip_reason",
            ),
            Self::DecidedNotInFuture => check_day(body.decided_on, "/decided_on", |day| day <= today),
            Self::DecidedAfterFound => check_day(body.decided_on, "/decided_on", |day| day >= hazard.found_on),
            Self::FineNamesAmount => check(
                body.penalty
                    .is_none_or(|penalty| !penalty.is_fine || penalty.unit_amount || penalty.person_amount),
                "/unit_amount_cny",
            ),
            Self::PersonalAmountNamesPerson => check(
                body.penalty
                    .is_none_or(|penalty| !penalty.person_amount || penalty.person),
                "/person",
            ),
            Self::AccountabilityNotOpen => check(!hazard.accountable, ""),
            Self::AuthorityKnown => check(body.authority.is_none_or(|authority| authority.known), "/authority"),
            Self::AuthorityCompetent => check(
                body.authority
                    .is_none_or(|authority| authority.competent || !authority.known),
                "/authority",
            ),
            Self::AuthorityReachesOrder => check(
                body.authority.is_none_or(|authority| {
                    !authority.known || order.is_none_or(|order| authority.level >= Some(order.level))
                }),
                "/authority",
            ),
            Self::TransferToAnother => check(
                body.authority.is_none_or(|authority| !authority.in_charge),
                "/authority",
            ),
            // A unit, which never signs off, would learn that somebody declared evidence: an inspector and not the public.
            Self::EvidenceComplete => check(!hazard.evidence_outstanding || !caller.sees_sources(), ""),
            Self::SignerDidNotReport => check(caller.subject != hazard.reported_by, ""),
            Self::SignerDidNotReview => check(!hazard.reviewed_by.contains(&caller.subject), ""),
            Self::SignerIsNoReviewer => check(
                hazard
                    .reviewers
                    .iter()
                    .all(|reviewer| reviewer.name.trim() != caller.name.trim()),
                "",
            ),
        }
    }
}

/// Blames each entry of a list that does not fit.
fn indexed(list: &str, fits: impl Iterator<Item = bool>) -> Blame {
    fits.enumerate()
        .filter(|(_, fits)| !fits)
        .map(|(index, _)| format!("{list}/{index}"))
        .collect()
}
