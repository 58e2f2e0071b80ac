//! Answers in English to what people ask in a spreadsheet.

use super::{Prompt, quote};
use crate::gateway::random::Variation;

/// Answers a known topic; nothing for others.
pub(super) fn answer(
    prompt: &Prompt<'_>,
    attachments: &[String],
    variation: &mut Variation,
) -> Option<String> {
    if let Some(attachment) = attachments.first() {
        return Some(format!(
            "I can see the {attachment} that you attached. {}",
            variation.pick(ATTACHMENTS).unwrap_or_default()
        ));
    }
    if let Some(most) = count_to(prompt) {
        return Some((1..=most).map(|n| n.to_string()).collect::<Vec<_>>().join("\n"));
    }
    let choices = if prompt.has_any(&["thank", "great, ", "perfect"]) {
        THANKS
    } else if prompt.has_any(&["table", "compare"]) {
        TABLES
    } else if prompt.has_any(&["explain", "what does"]) {
        EXPLANATIONS
    } else if prompt.has_any(&["vba", "office.js", "code", "macro", "javascript", "python"]) {
        CODE
    } else if prompt.has_any(&["formula", "vlookup", "xlookup", "sumif", "sum of", "average"]) {
        FORMULAS
    } else if prompt.has_any(&["math", "equation", "derive"]) {
        MATHS
    } else if prompt.has_any(&["long report", "write a report"]) {
        return None;
    } else if prompt.has_any(&["summar", "tl;dr", "key points"]) {
        SUMMARIES
    } else if prompt.has_any(&["email", "e-mail", "reply to", "letter"]) {
        LETTERS
    } else if prompt.has_any(&["what is", "how do", "how does", "why"]) {
        EXPLANATIONS
    } else if prompt.has_word(&["hello", "hi", "hey", "morning"]) {
        GREETINGS
    } else {
        return None;
    };
    variation.pick(choices).map(str::to_owned)
}

/// Answers what no topic fits.
pub(super) fn anything(prompt: &Prompt<'_>, variation: &mut Variation) -> String {
    let subject = prompt.quoted();
    let body = variation
        .pick(&[
            "Here is how I would go about it:\n\n1. **Look at the data first.** Check that each column holds one kind of value, and that the header is a single row.\n2. **Do the smallest version.** Try it on ten rows, where a mistake is visible at once.\n3. **Then do all of it**, and compare the totals before and after.\n\nIf you select the range that this is about, I can be more specific.",
            "There are two things to settle before I touch anything:\n\n- **Which cells?** I would take the current region around your selection.\n- **Values or formulas?** Formulas stay right when the data changes; values are quicker to send around.\n\nMy suggestion is to keep formulas on the sheet and paste values only into what leaves the building.",
            "Short version: yes, that works, with one caveat.\n\n> Text that merely looks like a number is left out of sums without a word.\n\nSo convert the column first (*Data → Text to Columns → Finish* does it), and check with `=COUNT(B2:B200)` that every row is counted.",
        ])
        .unwrap_or_default();
    format!("You wrote {subject}. {body}")
}

/// The sentence that ties an answer to what came before.
pub(super) fn lead(earlier: &[&str], prompt: &Prompt<'_>, variation: &mut Variation) -> String {
    let Some(before) = earlier.last() else { return String::new() };
    if prompt.has_word(&["hello", "hi", "hey"]) {
        return String::new();
    }
    let before = quote(before);
    let leads = [
        format!("Building on your earlier message, {before}: "),
        format!("After {before}, here is the next step. "),
        format!("This goes well with what you asked before ({before}). "),
    ];
    let leads: Vec<&str> = leads.iter().map(String::as_str).collect();
    let lead = variation.pick(&leads).unwrap_or_default();
    format!("{}\n\n", lead.trim_end().trim_end_matches(':'))
}

/// Answers questions about the conversation itself.
pub(super) fn recollection(earlier: &[&str]) -> String {
    match earlier {
        [] => "This is your first message in this conversation, so there is nothing before it that I could look back to.".to_owned(),
        [only] => format!("You have asked one thing so far: {}.", quote(only)),
        [first, .., last] => format!(
            "Your first message was {}, and the one before this was {}. That makes {} in all.",
            quote(first),
            quote(last),
            earlier.len()
        ),
    }
}

/// Goes on where a prefilled answer stops.
pub(super) fn continuation(prefill: &str) -> String {
    if prefill.trim_start().starts_with('{') {
        return "\"status\": \"ok\", \"rows\": 12}".to_owned();
    }
    " and that is the point: the totals have to agree before anything else is worth discussing."
        .to_owned()
}

fn count_to(prompt: &Prompt<'_>) -> Option<u32> {
    let rest = prompt.after_any(&["count to "])?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|most| (1..=5000).contains(most))
}

const GREETINGS: &[&str] = &[
    "Hello! I'm Claude, here beside your workbook. I can explain formulas, clean up tables, draft text and check numbers.\n\nWhat are you working on?",
    "Hi! Tell me what you would like to do, or select some cells and ask about them. Good first questions are:\n\n- *What does the formula in D7 do?*\n- *Make a table that compares the regions.*\n- *Write a long report about this quarter.*",
    "Good to see you 👋 I'm ready. If you paste a few rows or describe the sheet, I'll suggest where to start.",
];

const ATTACHMENTS: &[&str] = &[
    "It shows figures by month, with the totals in the last row. Shall I turn it into a table with headers?",
    "The layout is clear enough to work from. What would you like to have out of it: the numbers, or the wording?",
];

const THANKS: &[&str] = &[
    "You're welcome! Say the word if the numbers change.",
    "Glad it helped. Do save a copy before the next big edit.",
];

const EXPLANATIONS: &[&str] = &[
    "## What happens, step by step\n\nA formula is evaluated **from the inside out**. Take this one:\n\n```excel\n=ROUND(SUMIFS(C:C, A:A, \"EMEA\", B:B, \">=2026-01-01\") / 1000, 1)\n```\n\n1. `SUMIFS` adds column C where column A says *EMEA* and the date in B is this year's.\n2. The division turns it into thousands.\n3. `ROUND` keeps one decimal, **after** adding. Rounding each row first would give another total.\n\n### When it surprises people\n\n- Dates that are stored as text never match `>=`.\n- Whole-column references are fine in `SUMIFS`, and slow in array formulas.\n\nWould you like me to check your own formula?",
    "Think of it as three layers:\n\n| Layer | Holds | Changes when |\n|---|---|---|\n| Value | the number itself | a cell is edited |\n| Format | how it is shown | you restyle it |\n| Name | what it is called | the model changes |\n\nMost confusion comes from mixing the first two: `0.5` shown as `50 %` is still `0.5`. If a total looks wrong by a cent, it is nearly always *format*, not *value*.",
    "The short answer: **relative references move, absolute ones don't**.\n\n- `A1` moves in both directions.\n- `$A1` keeps the column.\n- `A$1` keeps the row.\n- `$A$1` stays where it is.\n\nPress <kbd>F4</kbd> while the cursor is on a reference to go through the four. For a multiplication table you need exactly two of them: `=$A2*B$1`, filled right and down.",
];

const TABLES: &[&str] = &[
    "Here is a comparison of the regions:\n\n| Region | Q1 | Q2 | Q3 | Change |\n|:---|---:|---:|---:|---:|\n| EMEA | 1,204 | 1,318 | 1,402 | +6.4 % |\n| Americas | 2,011 | 1,987 | 2,140 | +7.7 % |\n| APAC | 874 | 991 | 1,120 | +13.0 % |\n| **Total** | **4,089** | **4,296** | **4,662** | **+8.5 %** |\n\nAPAC grows fastest from the smallest base. The Americas dipped in Q2 and came back.\n\nTo keep the last column alive, use `=E2/D2-1` and format it as a percentage.",
    "I'd compare them by what matters in daily use:\n\n| | PivotTable | Formulas | Power Query |\n|---|---|---|---|\n| Quick to build | ✅ | ⚠️ | ⚠️ |\n| Updates itself | on refresh | always | on refresh |\n| Handles a million rows | ✅ | ❌ | ✅ |\n| Easy to audit | ⚠️ | ✅ | ✅ |\n\n**Recommendation:** Power Query to bring the data in, a PivotTable to look at it, and formulas only for the handful of figures that the board sees.",
];

const FORMULAS: &[&str] = &[
    "Use `XLOOKUP`; it finds what you need and says so when it doesn't:\n\n```excel\n=XLOOKUP(A2, Prices!A:A, Prices!C:C, \"not listed\", 0)\n```\n\n- `A2` is what you look for.\n- `Prices!A:A` is where, `Prices!C:C` is what comes back.\n- `\"not listed\"` replaces the `#N/A`.\n- `0` means an exact match.\n\nIn a workbook that must open in Excel 2016, `=IFERROR(INDEX(Prices!C:C, MATCH(A2, Prices!A:A, 0)), \"not listed\")` does the same.",
    "For a sum with conditions:\n\n```excel\n=SUMIFS(Sales[Amount], Sales[Region], $A5, Sales[Month], B$4)\n```\n\nFill it right and down: `$A5` keeps the column, `B$4` the row. If you'd rather have it spill by itself:\n\n```excel\n=LET(\n  regions, UNIQUE(Sales[Region]),\n  months,  TRANSPOSE(UNIQUE(Sales[Month])),\n  SUMIFS(Sales[Amount], Sales[Region], regions, Sales[Month], months)\n)\n```\n\nThe average is the same with `AVERAGEIFS`, except that it answers `#DIV/0!` where nothing matches.",
];

const CODE: &[&str] = &[
    "This writes a total under the selected column and leaves everything else alone:\n\n```javascript\nawait Excel.run(async (context) => {\n  const range = context.workbook.getSelectedRange();\n  range.load({ address: true, rowCount: true });\n  await context.sync();\n\n  const total = range.getLastRow().getOffsetRange(1, 0);\n  total.formulas = [[`=SUM(${range.address})`]];\n  total.format.font.bold = true;\n  await context.sync();\n});\n```\n\nTwo round trips are enough: one to learn the address, one to write. Each further `context.sync()` costs a visible pause in Excel on the web.",
    "Here is a macro that removes duplicates by the first two columns and reports how many went:\n\n```vba\nSub RemoveDuplicateRows()\n    Dim before As Long, table As ListObject\n    Set table = ActiveSheet.ListObjects(1)\n    before = table.ListRows.Count\n    table.Range.RemoveDuplicates Columns:=Array(1, 2), Header:=xlYes\n    MsgBox before - table.ListRows.Count & \" rows removed\"\nEnd Sub\n```\n\nSave a copy first: `RemoveDuplicates` can't be undone once the file is saved. The same in Python, for a file on disk:\n\n```python\nimport pandas as pd\n\nframe = pd.read_excel(\"sales.xlsx\")\nclean = frame.drop_duplicates(subset=[\"Order\", \"Item\"])\nprint(len(frame) - len(clean), \"rows removed\")\nclean.to_excel(\"sales-clean.xlsx\", index=False)\n```",
];

const MATHS: &[&str] = &[
    "The monthly payment of a loan follows from the sum of a geometric series:\n\n$$\nA = P \\cdot \\frac{r (1 + r)^n}{(1 + r)^n - 1}\n$$\n\nwith $P$ the amount, $r$ the rate per month and $n$ the number of months. For 10,000 at 4.8 % a year over 36 months, $r = 0.004$, so $A \\approx 298.83$.\n\nIn a cell: `=-PMT(4.8%/12, 36, 10000)`. The minus sign is there because Excel counts what you pay as negative.",
];

const SUMMARIES: &[&str] = &[
    "**In one sentence:** revenue grew by 8.5 % while costs grew by 5.1 %, so the margin improved by about a point and a half.\n\n**Key points**\n\n- APAC contributed half of the growth with a quarter of the staff.\n- Freight went up in every region; it is the only cost that did.\n- Two invoices from March are booked twice (rows 118 and 131). Without them the quarter is 14 k lower.\n\n**Open:** whether the October price change is already in the plan.",
    "Three things to take away:\n\n1. The plan holds, narrowly: 98.6 % of target.\n2. The shortfall is one customer who moved an order into the next quarter.\n3. Working capital is the thing to watch; days outstanding rose from 41 to 47.\n\nEverything else on the sheet is detail in support of these.",
];

const LETTERS: &[&str] = &[
    "Here is a draft:\n\n---\n\n**Subject:** Figures for the third quarter\n\nDear Ms Okonkwo,\n\nthank you for your patience. The figures for the third quarter are attached. Revenue is 8.5 % above the second quarter; the margin improved as well.\n\nTwo invoices from March appear twice in the export. I have left them in, marked yellow, until accounting confirms.\n\nKind regards\n\n---\n\nShorter, warmer or more formal? Say which and I'll change it.",
];
