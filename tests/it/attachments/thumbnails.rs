//! Small pictures, and what a camera wrote.

use std::io::Cursor;

use exif::experimental::Writer;
use exif::{Field, In, Rational, Tag, Value};
use image::{ImageFormat, ImageReader, Rgb, RgbImage};
use serde_json::{Value as Json, json};

use super::upload;
use crate::support::app::App;
use crate::support::caller::Caller;
use crate::support::client::{Answer, Request};
use crate::support::fixtures::text;
use crate::support::on_both;

/// Headers of pictures that would take gigabytes, and next to nothing behind them.
const BOMBS: [&[u8]; 2] = [
    b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\xea\x60\x00\x00\xea\x60\x08\x02\x00\x00\x00\x0f\xb0\xe2\x15\x00\x00\x00\x0c\x49\x44\x41\x54\x78\x9c\x63\x60\xa0\x3d\x00\x00\x00\x64\x00\x01\x86\x64\x3c\x35\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82",
    b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x3e\x80\x00\x00\x3e\x80\x08\x02\x00\x00\x00\xce\x1c\x48\x89\x00\x00\x00\x0c\x49\x44\x41\x54\x78\x9c\x63\x60\xa0\x3d\x00\x00\x00\x64\x00\x01\x86\x64\x3c\x35\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82",
];

/// A photograph of 800 by 400 points, red on its left, of a camera that was held upright.
fn photograph_of_a_camera() -> Vec<u8> {
    let picture = RgbImage::from_fn(
        800,
        400,
        |x, _| if x < 400 { Rgb([200, 0, 0]) } else { Rgb([0, 0, 200]) },
    );
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg).expect("a JPEG");
    let (start, rest) = bytes.get_ref().split_at(2);
    let written = [b"Exif\0\0".to_vec(), written_by_the_camera()].concat();
    let length = u16::try_from(written.len() + 2).expect("a short segment").to_be_bytes();
    [start, &[0xff, 0xe1], &length, &written, rest].concat()
}

fn written_by_the_camera() -> Vec<u8> {
    let ascii = |text: &str| Value::Ascii(vec![text.as_bytes().to_vec()]);
    let degrees = |parts: [u32; 3]| Value::Rational(parts.map(|num| Rational { num, denom: 1 }).to_vec());
    let fields = [
        // Turn it by a quarter to the right.
        (Tag::Orientation, Value::Short(vec![6])),
        (Tag::DateTimeOriginal, ascii("2026:11:09 09:30:00")),
        (Tag::OffsetTimeOriginal, ascii("+08:00")),
        (Tag::GPSLatitude, degrees([36, 48, 0])),
        (Tag::GPSLatitudeRef, ascii("N")),
        (Tag::GPSLongitude, degrees([118, 3, 0])),
        (Tag::GPSLongitudeRef, ascii("E")),
    ]
    .map(|(tag, value)| Field {
        tag,
        ifd_num: In::PRIMARY,
        value,
    });
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut bytes = Cursor::new(Vec::new());
    writer.write(&mut bytes, false).expect("it is written");
    bytes.into_inner()
}

async fn bring(app: &App, caller: &Caller, media_type: &str, bytes: &[u8]) -> Json {
    upload(app, caller, media_type, bytes)
        .send()
        .await
        .expect_status(201)
        .json()
}

fn small(app: &App, caller: &Caller, evidence: &Json) -> Request {
    app.get(format!("/v1/attachments/{}/thumbnail", text(&evidence["id"])))
        .as_(caller)
}

fn tag(answer: &Answer) -> String {
    answer.header("etag").expect("a tag").to_owned()
}

on_both! {
    async fn are_upright_and_fit_a_list(app: App) {
        let inspector = Caller::inspector();
        let evidence = bring(&app, &inspector, "image/jpeg", &photograph_of_a_camera()).await;
        let made = small(&app, &inspector, &evidence).send().await.expect_status(200);
        assert_eq!(made.header("content-type"), Some("image/jpeg"));
        let picture = ImageReader::with_format(Cursor::new(&made.body), ImageFormat::Jpeg).decode().unwrap().to_rgb8();
        assert_eq!(picture.dimensions(), (160, 320));
        let [top, bottom] = [20, 300].map(|y| picture.get_pixel(80, y).0);
        assert!(top[0] > 150 && top[2] < 60, "the left is above: {top:?}");
        assert!(bottom[2] > 150 && bottom[0] < 60, "the right is below: {bottom:?}");

        let again = small(&app, &inspector, &evidence).send().await.expect_status(200);
        assert_eq!((tag(&made), &made.body), (tag(&again), &again.body));
        let unchanged = small(&app, &inspector, &evidence).header("if-none-match", tag(&made)).send().await;
        assert!(unchanged.expect_status(304).body.is_empty());
        assert_eq!(app.stored_objects(), 2, "it is kept");
    }

    async fn are_for_those_who_see_the_photograph(app: App) {
        let (inspector, bytes) = (Caller::inspector(), photograph_of_a_camera());
        let evidence = bring(&app, &inspector, "image/jpeg", &bytes).await;
        small(&app, &inspector, &evidence).send().await.expect_status(200).done();
        small(&app, &Caller::regulator(), &evidence).send().await.expect_status(404).problem("not_found");
        let unit = app.enterprise().await;
        let mut body = app.report_body(&unit);
        body["attachments"] = json!([evidence["id"]]);
        app.report(&inspector, &unit, &body).await;
        small(&app, &Caller::regulator(), &evidence).send().await.expect_status(200).done();
        small(&app, &unit.officer(), &evidence).send().await.expect_status(404).problem("not_found");
        let slot = json!({"id": app.empty_slot(&inspector)});
        small(&app, &inspector, &slot).send().await.expect_status(409).problem("bytes_outstanding");
    }

    async fn are_not_made_of_what_cannot_be_read(app: App) {
        let inspector = Caller::inspector();
        let broken = photograph_of_a_camera()[..400].to_vec();
        let [wide, large] = BOMBS.map(<[u8]>::to_vec);
        let files = [("application/pdf", b"%PDF-1.7\n".to_vec()), ("image/jpeg", broken), ("image/png", wide), ("image/png", large)];
        for (media_type, bytes) in files {
            let evidence = bring(&app, &inspector, media_type, &bytes).await;
            small(&app, &inspector, &evidence).send().await.expect_status(404).problem("no_thumbnail");
        }
    }

    async fn of_a_camera_keep_when_and_where_it_was(app: App) {
        let (unit, bytes) = (app.enterprise().await, photograph_of_a_camera());
        let told = bring(&app, &Caller::inspector(), "image/jpeg", &bytes).await;
        assert_eq!(told["captured_at"], "2026-11-09T01:30:00.000000Z");
        assert_eq!(told["location"], json!({"latitude": 36.8, "longitude": 118.05}));
        let told = bring(&app, &unit.officer(), "image/jpeg", &bytes).await;
        assert_eq!((&told["captured_at"], &told["location"]), (&Json::Null, &Json::Null), "a unit never gets them");
    }
}
