//! Samples of what callers send, for the document. Tests send them too, so they are always valid.

use serde_json::{Value, json};

use crate::law::lifecycle::Action;

/// A report.
pub fn report() -> Value {
    json!({
        "source": "inspection",
        "enterprise": "01900000-0000-7000-8000-000000000002",
        "title": "污水处理站有限空间未辨识、未设警示标志",
        "description": "污水处理站集水池、调节池未列入有限空间管理台账，入口无警示标志，检查时池盖敞开。",
        "area": "370303009001",
        "address": "科苑街道示例路1号厂区西北角",
        "found_on": "2026-11-02",
        "criteria": ["MEM10-2023/13.1"],
        "campaigns": ["confined_space"],
        "location": {"latitude": 36.8, "longitude": 118.05},
    })
}

/// The body of an action.
pub fn action(action: Action) -> Value {
    match action {
        Action::Report => report(),
        Action::Confirm => json!({
            "criteria": ["MEM10-2023/13.1"],
            "found_level": "street",
            "cause": "未开展有限空间辨识，未建立管理台账。",
            "harm": "误入可能造成中毒和窒息。",
            "difficulty": "不需停产，半个月内可完成。",
            "interim_measures": "池口加盖上锁，设专人看守，禁止入内。",
            "campaigns": ["confined_space"],
        }),
        Action::Dismiss => json!({"reason": "not_major", "comment": "属一般隐患，已责令当场整改。"}),
        Action::Merge => json!({"into": "01900000-0000-7000-8000-000000000003"}),
        Action::Order => json!({
            "kind": "ordinary",
            "level": "street",
            "order_number": "科安督〔2026〕12号",
            "requirements": "辨识全部有限空间，建立台账，设置警示标志，完善作业审批。",
            "plan_due_on": "2026-11-16",
            "due_on": "2026-12-15",
        }),
        Action::UpgradeOrder => json!({
            "level": "district",
            "order_number": "张安挂〔2026〕3号",
            "reason": "同类隐患重复出现。",
        }),
        Action::SubmitPlan => json!({
            "goals": "厂区有限空间全部辨识、登记、上锁。",
            "measures": "聘请专家辨识，建立台账，设置标志，培训作业人员。",
            "funding_cny": "120000.00",
            "responsible_person": "王某",
            "responsible_organization": "安全环保部",
            "due_on": "2026-12-10",
            "safety_measures": "整改期间禁止一切有限空间作业。",
            "emergency_plan": "配备三脚架、正压式呼吸器，专人值守。",
        }),
        Action::ReturnPlan => json!({"reason": "应急措施不具体。", "plan_due_on": "2026-11-20"}),
        Action::ApprovePlan => json!({"comment": "同意。"}),
        Action::RequestExtension => json!({
            "due_on": "2027-01-15",
            "reason": "检测仪器到货推迟。",
            "interim_measures": "继续禁止一切有限空间作业。",
        }),
        Action::DecideExtension => json!({"approved": true, "due_on": "2027-01-10", "comment": "同意延至1月10日。"}),
        Action::SuspendProduction => json!({
            "scope": "partial",
            "decision_number": "科应急停〔2026〕2号",
            "reason": "污水处理站不具备安全作业条件。",
        }),
        Action::ResumeProduction => json!({"reason": "已具备安全条件。", "decision_number": "科应急复〔2026〕2号"}),
        Action::SubmitCompletion => json!({
            "summary": "辨识有限空间9处，全部登记、上锁并设置标志。",
            "completed_on": "2026-11-30",
            "spent_cny": "98000.00",
            "attachments": ["01900000-0000-7000-8000-000000000004"],
        }),
        Action::Review => json!({
            "passed": true,
            "reviewed_on": "2026-12-02",
            "reviewers": [
                {"name": "赵一", "certificate_number": "370303001"},
                {"name": "钱二", "certificate_number": "370303002"},
            ],
            "findings": "现场核对9处，标志、锁具、台账齐全。",
        }),
        Action::SignOff => json!({"comment": "同意销号。"}),
        Action::RejectSignOff => json!({"reason": "复查照片与现场不符。", "due_on": "2026-12-31"}),
        Action::Reopen => json!({
            "reason": "回头看发现两处标志缺失。",
            "plan_due_on": "2027-02-01",
            "due_on": "2027-03-01",
        }),
        Action::Escalate => json!({
            "kind": "letter",
            "document_number": "科安函〔2026〕8号",
            "reason": "整改期限已过，未提交整改完成报告。",
        }),
        Action::Penalize => json!({
            "kind": "fine",
            "decision_number": "张应急罚〔2026〕15号",
            "decided_on": "2026-11-20",
            "unit_amount_cny": "50000.00",
            "person": "张某",
            "person_amount_cny": "10000.00",
        }),
        Action::OpenAccountability => json!({
            "ground": "refused_rectification",
            "summary": "两次复查未通过，主要负责人未组织整改。",
        }),
        Action::Transfer => json!({"authority": "zhangdian-yingji", "reason": "行业主管部门调整。"}),
        Action::Remark => json!({"text": "已电话提醒企业负责人。"}),
    }
}
