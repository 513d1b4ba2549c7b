//! What is wrong with how an engine would run the query of a list.

/// As many rows as an engine may sort that knows beforehand how many there are: PostgreSQL gathers at once what its
/// statistics call rare.
const FEW: u64 = 5_000;

/// What is wrong with a walk, if anything: it must give the order without sorting, and look at no table whole.
pub fn fault_of_walk(plan: &[String]) -> Option<&'static str> {
    let rows = |step: &str| -> Option<u64> { step.split("rows=").nth(1)?.split_whitespace().next()?.parse().ok() };
    let sorts = |step: &String| {
        step.contains("USE TEMP B-TREE")
            || ((step.contains("->  Sort") || step.contains("Incremental Sort"))
                && rows(step).is_none_or(|rows| rows > FEW))
    };
    if plan.iter().any(sorts) {
        return Some("sorts");
    }
    fault_of_gathering(plan)
}

/// What is wrong with a gathering, if anything: it may sort, and must look at no table whole.
pub fn fault_of_gathering(plan: &[String]) -> Option<&'static str> {
    let whole = |step: &String| step.contains("Seq Scan on") || (step.contains("SCAN ") && !step.contains("INDEX"));
    plan.iter().any(whole).then_some("looks at every row")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_sorts_or_looks_at_every_unit_is_found() {
        let plan = |steps: &[&str]| steps.iter().map(|step| (*step).to_owned()).collect::<Vec<_>>();
        let good = plan(&["SEARCH enterprises USING COVERING INDEX enterprises_by_area (area>?)"]);
        assert_eq!(fault_of_walk(&good), None);
        let sorting = plan(&["SCAN enterprises USING INDEX x", "USE TEMP B-TREE FOR ORDER BY"]);
        assert_eq!(fault_of_walk(&sorting), Some("sorts"));
        assert_eq!(fault_of_gathering(&sorting), None);
        for whole in ["SCAN enterprises", "->  Seq Scan on self_checks"] {
            assert_eq!(fault_of_walk(&plan(&[whole])), Some("looks at every row"));
            assert_eq!(fault_of_gathering(&plan(&[whole])), Some("looks at every row"));
        }
        let postgres = |rows: u32| plan(&["Limit", &format!("  ->  Sort  (cost=0.00..1.00 rows={rows} width=55)")]);
        assert_eq!(fault_of_walk(&postgres(70_000)), Some("sorts"));
        assert_eq!(fault_of_walk(&postgres(44)), None);
    }
}
