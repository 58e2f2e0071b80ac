//! Answers in other languages and scripts, when asked in them or for them.

use super::Prompt;
use crate::gateway::random::Variation;

/// What an answer can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    German,
    French,
    Japanese,
    Chinese,
    Arabic,
    Hebrew,
    Hindi,
    Emoji,
    All,
}

/// The language that the prompt is in or asks for.
pub(super) fn of(prompt: &Prompt<'_>) -> Option<Language> {
    let asked: &[(Language, &[&str])] = &[
        (Language::All, &["several languages", "many languages", "all languages", "every script"]),
        (Language::German, &["german", "auf deutsch"]),
        (Language::French, &["french", "en français"]),
        (Language::Japanese, &["japanese", "日本語"]),
        (Language::Chinese, &["chinese", "中文"]),
        (Language::Arabic, &["arabic", "بالعربية"]),
        (Language::Hebrew, &["hebrew", "בעברית"]),
        (Language::Hindi, &["hindi", "हिंदी"]),
        (Language::Emoji, &["emoji", "surrogate"]),
    ];
    if let Some((language, _)) = asked.iter().find(|(_, words)| prompt.has_any(words)) {
        return Some(*language);
    }
    let any =
        |range: std::ops::RangeInclusive<char>| prompt.text().chars().any(|c| range.contains(&c));
    if any('\u{3040}'..='\u{30ff}') {
        return Some(Language::Japanese);
    }
    if any('\u{4e00}'..='\u{9fff}') {
        return Some(Language::Chinese);
    }
    if any('\u{600}'..='\u{6ff}') {
        return Some(Language::Arabic);
    }
    if any('\u{590}'..='\u{5ff}') {
        return Some(Language::Hebrew);
    }
    if any('\u{900}'..='\u{97f}') {
        return Some(Language::Hindi);
    }
    if prompt.has_word(&[
        "und", "ich", "bitte", "ist", "wie", "hallo", "eine", "das", "erkläre", "schreibe",
    ]) {
        return Some(Language::German);
    }
    if prompt.has_word(&["bonjour", "je", "vous", "merci", "une", "est", "comment"]) {
        return Some(Language::French);
    }
    None
}

/// The answer in that language.
pub(super) fn answer(language: Language, prompt: &Prompt<'_>, variation: &mut Variation) -> String {
    if language == Language::All {
        let languages = [
            ("Deutsch", GERMAN),
            ("Français", FRENCH),
            ("日本語", JAPANESE),
            ("中文", CHINESE),
            ("العربية", ARABIC),
            ("עברית", HEBREW),
            ("हिन्दी", HINDI),
            ("Emoji", EMOJI),
        ];
        let sections: Vec<String> = languages
            .iter()
            .map(|(name, texts)| {
                format!("## {name}\n\n{}", texts.first().copied().unwrap_or_default())
            })
            .collect();
        return sections.join("\n\n");
    }
    let texts = match language {
        Language::German if prompt.has_any(&["bericht", "ausführlich"]) => GERMAN_LONG,
        Language::German => GERMAN,
        Language::French => FRENCH,
        Language::Japanese => JAPANESE,
        Language::Chinese => CHINESE,
        Language::Arabic => ARABIC,
        Language::Hebrew => HEBREW,
        Language::Hindi => HINDI,
        Language::Emoji | Language::All => EMOJI,
    };
    variation.pick(texts).unwrap_or_default().to_owned()
}

const GERMAN: &[&str] = &[
    "Gerne! So würde ich vorgehen:\n\n1. **Überschrift prüfen:** Eine einzige Zeile, keine verbundenen Zellen.\n2. **Größen vereinheitlichen:** Beträge in Euro, Daten als Datum, nicht als Text.\n3. **Summe bilden:** `=SUMMEWENNS(C:C; A:A; \"Zürich\")`\n\nÜbrigens: In der deutschen Oberfläche trennt ein Semikolon die Argumente, und das Dezimaltrennzeichen ist ein Komma (`1.234,50 €`).",
    "Kurz gesagt: Ja, das geht. Straßennamen und Eigennamen wie *Müßiggang* oder *Übersöhn* bleiben dabei unverändert, weil nur die Spaltenbreite angepasst wird, nicht der Inhalt.\n\nMöchten Sie, dass ich die Änderung gleich für das ganze Blatt vorschlage?",
];

const GERMAN_LONG: &[&str] = &[
    "# Quartalsbericht\n\n## Überblick\n\nDer Umsatz stieg gegenüber dem Vorquartal um 8,5 %, während die Kosten lediglich um 5,1 % zunahmen. Die Marge verbesserte sich dadurch um anderthalb Prozentpunkte.\n\n## Einflussgrößen\n\n| Größe | Wirkung | Begründung |\n|---|---:|---|\n| Preisänderung | +2,1 % | gültig seit Juli |\n| Menge | +5,9 % | überwiegend Asien |\n| Währung | +0,5 % | stärkerer Franken |\n\n## Ausblick\n\nFür das Schlussquartal erwarten wir eine ruhigere Entwicklung. Das größte Risiko bleiben die Frachtkosten; die größte Chance ist der Rahmenvertrag mit der *Donaudampfschifffahrtsgesellschaft*.",
];

const FRENCH: &[&str] = &[
    "Bien sûr ! Voici la démarche que je vous propose :\n\n- vérifier que l’en-tête tient sur **une seule ligne** ;\n- convertir les montants (« 1 234,50 € » est parfois du texte) ;\n- calculer avec `=SOMME.SI.ENS(C:C; A:A; \"Genève\")`.\n\nSouhaitez-vous que je l’applique à toute la feuille ?",
];

const JAPANESE: &[&str] = &[
    "はい、できます。次の手順で進めるのがよいと思います。\n\n1. **見出しを確認する**：一行だけで、結合されたセルがないこと。\n2. **値をそろえる**：日付は日付として、金額は数値として入力します。\n3. **合計を出す**：`=SUMIFS(C:C, A:A, \"東京\")`\n\n髙橋さんの「﨑」や「𠮷野家」の「𠮷」のような文字も、そのまま扱えます。",
    "要点は三つです。\n\n- 売上は前四半期より8.5％増えました。\n- 費用の伸びは5.1％にとどまりました。\n- したがって、利益率は約1.5ポイント改善しています。\n\nほかに確認したいことはありますか。",
];

const CHINESE: &[&str] = &[
    "可以的。建议这样做：\n\n1. **检查标题行**：只保留一行，不要合并单元格。\n2. **统一格式**：日期用日期格式，金额用数字格式。\n3. **求和**：`=SUMIFS(C:C, A:A, \"上海\")`\n\n如果您选中相关区域，我可以给出更具体的建议。",
];

const ARABIC: &[&str] = &[
    "بالتأكيد! إليك الخطوات المقترحة:\n\n1. **تحقّق من العناوين**: سطر واحد فقط، من دون خلايا مدمجة.\n2. **وحّد القيم**: التواريخ بصيغة تاريخ، والمبالغ بصيغة أرقام (مثل ١٬٢٣٤٫٥٠).\n3. **احسب المجموع**: `=SUMIFS(C:C, A:A, \"دبي\")`\n\nملاحظة: الصيغة نفسها تُكتب من اليسار إلى اليمين حتى داخل ورقة من اليمين إلى اليسار.",
];

const HEBREW: &[&str] = &[
    "בוודאי. כך הייתי עושה את זה:\n\n1. **כותרות**: שורה אחת בלבד, בלי תאים ממוזגים.\n2. **ערכים**: תאריכים כתאריכים וסכומים כמספרים.\n3. **סיכום**: `=SUMIFS(C:C, A:A, \"חיפה\")`\n\nהנוסחה נכתבת משמאל לימין גם בגיליון מימין לשמאל.",
];

const HINDI: &[&str] = &[
    "ज़रूर! मेरा सुझाव यह है:\n\n1. **शीर्षक जाँचें**: केवल एक पंक्ति हो, और कोई कक्ष मिला हुआ न हो।\n2. **मान एक जैसे करें**: तारीख़ें तारीख़ के रूप में, राशियाँ संख्या के रूप में (जैसे १,२३,४५६)।\n3. **योग निकालें**: `=SUMIFS(C:C, A:A, \"मुंबई\")`\n\nक्या मैं इसे पूरी शीट पर लागू करूँ?",
];

const EMOJI: &[&str] = &[
    "Here they are: 😀 😃 📈 🧮 ✅\n\n- a family of four joined into one: 👨‍👩‍👧‍👦\n- skin tones: 👍🏻 👍🏽 👍🏿\n- flags from letter pairs: 🇨🇭 🇯🇵 🇧🇷 and 🏴󠁧󠁢󠁳󠁣󠁴󠁿\n- a heart with a variation selector: ❤️, and a keycap: 7️⃣\n- letters outside the basic plane: 𝒜 𝔹 𝕔, 𐍈, 𠮷\n- combining marks: é (e + ◌́), Z͑ͫ̓a̴l̶g̷o̸\n\nEach of those outside the basic plane is a surrogate pair in JavaScript.",
];
