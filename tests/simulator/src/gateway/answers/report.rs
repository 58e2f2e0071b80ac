//! A long report: thousands of tokens that read like one.

use crate::gateway::random::Variation;

const SECTIONS: &[(&str, &str)] = &[
    ("Executive summary", "results"),
    ("Revenue by region", "revenue"),
    ("Pricing", "prices"),
    ("Cost of sales", "costs"),
    ("Freight and logistics", "freight"),
    ("Staffing", "headcount"),
    ("Working capital", "receivables"),
    ("Customers", "orders"),
    ("Suppliers", "deliveries"),
    ("Currency effects", "exchange gains"),
    ("Risks", "exposure"),
    ("Opportunities", "pipeline"),
    ("Investments", "capital spending"),
    ("Comparison with the plan", "plan"),
    ("Outlook", "forecast"),
    ("Method and sources", "data"),
];

const REGIONS: &[&str] =
    &["EMEA", "the Americas", "APAC", "the Nordics", "Iberia", "the DACH countries", "Japan"];
const CAUSES: &[&str] = &[
    "a handful of large orders that came a month early",
    "the price change in July",
    "one customer who moved an order into the next quarter",
    "better utilisation in the two main plants",
    "a change in how returns are booked",
    "seasonal demand, which is stronger this year than the five-year average",
];
const CONSEQUENCES: &[&str] = &[
    "which leaves the full-year target within reach",
    "so the effect will fade by the end of the year",
    "and the plan for next year should assume the lower figure",
    "although nobody should read a trend into three months",
    "which the board asked about in September",
];
const ADVICE: &[&str] = &[
    "We recommend to review the assumption once the October figures are closed.",
    "No action is needed now, but the figure belongs on the monthly page.",
    "A decision is due before the budget round; the options are set out below.",
    "The owner of this item is the regional controller.",
    "It would be worth asking the sales team for their own estimate before drawing conclusions.",
];

/// About five thousand tokens of Markdown.
pub(super) fn write(variation: &mut Variation) -> String {
    let mut text = String::from(
        "# Report on the third quarter\n\n*Prepared from the workbook at hand. Figures are in thousands unless stated otherwise.*\n\n",
    );
    for (number, (title, subject)) in (1..).zip(SECTIONS) {
        text.push_str(&format!("## {number}. {title}\n\n"));
        for _ in 0..3 {
            text.push_str(&paragraph(subject, variation));
            text.push_str("\n\n");
        }
        match number % 4 {
            1 => text.push_str(&points(subject, variation)),
            2 => text.push_str(&table(variation)),
            3 => text.push_str(&format!(
                "The figure can be followed up with\n\n```excel\n=SUMIFS(Ledger[Amount], Ledger[Account], \"{}\", Ledger[Quarter], \"Q3\")\n```\n\n",
                subject
            )),
            _ => text.push_str("> Figures in this section are preliminary.\n\n"),
        }
    }
    text.push_str("## Conclusion\n\nThe quarter was a good one, for reasons that are mostly understood. What is left open is listed above with an owner for each item.");
    text
}

fn paragraph(subject: &str, variation: &mut Variation) -> String {
    let mut sentences = Vec::new();
    for position in 0..4 {
        let region = variation.pick(REGIONS).unwrap_or_default();
        let cause = variation.pick(CAUSES).unwrap_or_default();
        let consequence = variation.pick(CONSEQUENCES).unwrap_or_default();
        let amount = variation.below(1800).saturating_add(120);
        let percent =
            format!("{}.{} %", variation.below(14).saturating_add(1), variation.below(10));
        sentences.push(match (position, variation.below(3)) {
            (0, 0) => format!("In {region}, {subject} came to {amount}, up {percent} on the second quarter."),
            (0, 1) => format!("The figures for {subject} in {region} moved by {percent}, to {amount}."),
            (0, _) => format!("At {amount}, {subject} in {region} were {percent} away from what had been expected."),
            (1, _) => format!("Most of this goes back to {cause}, {consequence}."),
            (2, 0) => format!("Without it, the change would have been nearer to {percent}."),
            (2, 1) => format!("In {region} the same cause had no visible effect."),
            (2, _) => format!("A comparison with {region} shows a similar picture on a smaller scale, with {amount} in all."),
            _ => variation.pick(ADVICE).unwrap_or_default().to_owned(),
        });
    }
    sentences.join(" ")
}

fn points(subject: &str, variation: &mut Variation) -> String {
    let mut text = format!("What stands out in {subject}:\n\n");
    for _ in 0..4 {
        let region = variation.pick(REGIONS).unwrap_or_default();
        let cause = variation.pick(CAUSES).unwrap_or_default();
        text.push_str(&format!("- **{region}:** {cause}.\n"));
    }
    text.push('\n');
    text
}

fn table(variation: &mut Variation) -> String {
    let mut text = String::from("| Region | Q1 | Q2 | Q3 |\n|:---|---:|---:|---:|\n");
    for region in REGIONS.iter().take(5) {
        let mut cell = || variation.below(2400).saturating_add(90);
        text.push_str(&format!("| {region} | {} | {} | {} |\n", cell(), cell(), cell()));
    }
    text.push('\n');
    text
}
