use super::*;

#[test]
fn walks_any_order_and_white_space() {
    let mut json = Json::new(b" { \"a\" : [ 1 , \"2.5\" ] , \"b\\u0041\" : {\"x\":null} , \"c\":true } ");
    let (mut numbers, mut keys) = (vec![], vec![]);
    json.enter_object();
    while let Some(key) = json.next_key() {
        keys.push(key.string());
        if key.is("a") {
            json.enter_array();
            while json.next_element() {
                numbers.push(json.fixed(-1));
            }
        } else {
            json.skip();
        }
    }
    assert!(json.is_complete());
    assert_eq!((keys.join(" "), numbers), ("a bA c".to_string(), vec![10, 25]));
}

#[test]
fn refuses_what_is_no_json() {
    for text in [
        "",
        "{",
        "[1",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\"}",
        "[1 2]",
        "\"\\x\"",
        "\"a\nb\"",
        "01",
        "1.",
        "-",
        "nul",
        "[,]",
        "{1:2}",
        "[1]]",
        "\"\\u12g4\"",
        "tru",
        "{\"a\":}",
        "[}",
        "{]",
        "+1",
        "\u{1}1",
    ] {
        let mut json = Json::new(text.as_bytes());
        json.skip();
        assert!(!json.is_complete(), "{}", text);
    }
    for text in ["[]", "{}", "1e999", "-0.0", "[[],{}]", "\"\\ud800\"", " null ", "[1,{\"a\":[true,false]}]"] {
        let mut json = Json::new(text.as_bytes());
        json.skip();
        assert!(json.is_complete(), "{}", text);
    }
    let deep = "[".repeat(65) + &"]".repeat(65);
    let mut json = Json::new(deep.as_bytes());
    json.skip();
    assert!(!json.is_valid());
}

#[test]
fn never_loses_a_digit() {
    let fixed = |text: &str, exponent: i32| {
        let mut json = Json::new(text.as_bytes());
        let value = json.fixed(exponent);
        if json.is_complete() {
            Some(value)
        } else {
            None
        }
    };
    assert_eq!(fixed("\"65086.18\"", -2), Some(6508618));
    assert_eq!(fixed("65086.180", -2), Some(6508618));
    assert_eq!(fixed("-1.5e1", 0), Some(-15));
    assert_eq!(fixed("0.001", -2), None);
    assert_eq!(fixed("\"007\"", 0), Some(7));
    assert_eq!(fixed("007", 0), None);
    assert_eq!(fixed("9223372036854775808", 0), None);
    assert_eq!(fixed("123456789012345678", -1), Some(1234567890123456780));
    assert_eq!(fixed("1234567890123456789", -1), None);
    for text in ["\"1", "1\"", "\"\"", "\"-\"", ".5", "5.", "1..2", "\"1,2\"", "null", "--1"] {
        assert_eq!(fixed(text, -8), None, "{}", text);
    }
    assert_eq!(fixed("1", i32::MIN), None);
    assert_eq!(fixed("1", i32::MAX), None);
}

#[test]
fn reads_moments() {
    let read = |text: &str| Json::new(text.as_bytes()).timestamp();
    assert_eq!(read("\"2023-10-06T17:35:55.440295Z\""), 1_696_613_755_440_295_000);
    assert_eq!(read("\"1970-01-01T00:00:00Z\""), 0);
    assert_eq!(rfc3339(b"2024-02-29T12:00:00Z"), Some(1_709_208_000_000_000_000));
    for text in ["2023-10-06T17:35:55.Z", "2023-10-06T17:35:55+00:00", "2023-13-06T17:35:55Z", "", "Z"] {
        assert_eq!(rfc3339(text.as_bytes()), None, "{}", text);
    }
    assert_eq!(Json::new(b"1700000000123").milliseconds(), 1_700_000_000_123_000_000);
    let mut late = Json::new(b"99999999999999999");
    assert_eq!((late.milliseconds(), late.is_valid()), (0, false));
}

#[test]
fn resolves_escapes() {
    let string = |text: &str| Json::new(text.as_bytes()).string().string();
    assert_eq!(string(r#""a\n\"\\\/\u00e9\ud83d\ude00\ud800x\u0000""#), "a\n\"\\/\u{e9}\u{1F600}\u{FFFD}x");
    assert_eq!(Json::new(b"\"\xff\"").string().string(), "\u{FFFD}");
    assert_eq!(Json::new(b"\"\xff\"").string().plain(), None);
}

#[test]
fn finds_and_keeps_entries_apart() {
    let text = br#"{"result":{"other":[{}],"list":[{"a":1},{"a":"x"},{"a":3}]}}"#;
    let mut list = Json::new(text).find("result/list").unwrap();
    let mut sum = 0;
    list.enter_array();
    while list.next_element() {
        let mut entry = list.entry();
        entry.enter_object();
        while entry.next_key().is_some() {
            sum += entry.integer();
        }
    }
    assert!(list.is_valid() && sum == 4);
    assert!(Json::new(text).find("result/none").is_none());
}

/// Every text cut and changed at every place is read to its end without a panic.
#[test]
fn stands_any_bytes() {
    let text = br#"{"a":[["65086.18","0.5"],[1e5,-2]],"t":"2023-10-06T17:35:55.4Z","s":"\u00e9","n":null}"#;
    for place in 0..text.len() {
        for byte in 0..=255u8 {
            let mut copy = text.to_vec();
            copy[place] = byte;
            for bytes in [&copy[..], &copy[..=place]] {
                let mut json = Json::new(bytes);
                json.enter_object();
                while json.next_key().is_some() {
                    match json.peek() {
                        b'[' => {
                            json.enter_array();
                            while json.next_element() {
                                let mut entry = json.entry();
                                entry.enter_array();
                                while entry.next_element() {
                                    entry.fixed(-8);
                                }
                            }
                        }
                        b'"' => {
                            let mut ahead = json;
                            ahead.timestamp();
                            ahead.optional();
                            json.string().string();
                        }
                        _ => json.skip(),
                    }
                }
                json.is_complete();
            }
        }
    }
}

/// Numbers of every length, quoted and bare, with more behind them: what is read fast is what is read slowly.
#[test]
fn reads_fast_what_it_reads_slowly() {
    let digits = "1029384756019283";
    for whole in 1..=10 {
        for places in 0..=10 {
            let point = if places == 0 { "" } else { "." };
            let number = format!("{}{}{}", &digits[..whole], point, &digits[3..3 + places]);
            for text in
                [format!("\"{}\",[1,2,3]     ", number), format!("{},[1,2,3]      ", number), number.clone()]
            {
                for exponent in -11..=1 {
                    let mut json = Json::new(text.as_bytes());
                    let value = json.fixed(exponent);
                    let slow = Decimal::parse(number.as_bytes()).and_then(|number| number.at(exponent));
                    assert_eq!(if json.is_valid() { Some(value) } else { None }, slow, "{} {}", text, exponent);
                }
            }
        }
    }
}
