//! THE TABLE of problem codes, and the problem document of RFC 9457.
//!
//! Every way to fail is a row of [`codes!`] or a guard of the law; [`all`] lists both. To add one: a row with its status
//! and its texts; the page `/problems/<code>`, the code table and the document follow.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Map, Value, json};

use crate::law::guards::{Guard, Standing};
use crate::law::refusal::{BrokenRule, Refusal};
use crate::law::tips::TipGuard;
use crate::store::{Failure, StoreError};
use crate::values::{Fault, Faults, Label, Language, Vocabulary};

macro_rules! codes {
    ($($name:ident = $status:literal, $code:literal, $zh:literal, $en:literal, $help_zh:literal, $help_en:literal;)+) => {
        /// A way to fail that is not a guard of the law.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $en] $name,)+
        }

        impl Code {
            /// Every row of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// HTTP status.
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// The code on the wire; it never changes.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The title.
            pub fn title(self) -> Label {
                match self { $(Self::$name => Label { zh: $zh, en: $en },)+ }
            }

            /// What it means and what to do.
            pub fn help(self) -> Label {
                match self { $(Self::$name => Label { zh: $help_zh, en: $help_en },)+ }
            }
        }
    };
}

codes! {
    InvalidInput = 400, "invalid_input", "输入有误", "the input has faults", "请按 errors 逐项更正后重试。", "Correct every entry of `errors` and send it again.";
    UnknownField = 400, "unknown_field", "含有未知成员", "the input has members that do not exist", "请删除 errors 中列出的成员，检查拼写。", "Remove the members listed in `errors`; check their spelling.";
    MalformedJson = 400, "malformed_json", "JSON 无法解析", "the body is not JSON", "detail 中写明了出错的行和列。", "`detail` names the line and column.";
    BadCursor = 400, "bad_cursor", "翻页游标无效", "the cursor is not valid", "游标只能用于产生它的同一列表、筛选和排序；请从第一页重新开始。", "A cursor belongs to the list, filters and sort that it came from. Begin again at the first page.";
    BadPrecondition = 400, "bad_precondition", "If-Match 格式不符", "If-Match is not of the form of an entity tag", "请原样发送 ETag，例如 \"7\"。", "Send the ETag as it was received, for example \"7\".";
    BadIdempotencyKey = 400, "bad_idempotency_key", "Idempotency-Key 格式不符", "the Idempotency-Key is not valid", "请使用 1 至 255 个可打印 ASCII 字符。", "Use 1 to 255 printable ASCII characters.";
    BadRequest = 400, "bad_request", "请求无法理解", "the request cannot be understood", "请检查路径、请求头和正文。", "Check path, headers and body.";
    Unauthenticated = 401, "unauthenticated", "缺少访问令牌", "a token is required", "请在 Authorization 请求头中发送 Bearer 令牌。", "Send a Bearer token in the Authorization header.";
    InvalidToken = 401, "invalid_token", "访问令牌无效", "the token is not valid", "令牌可能已过期、签名不符或不是发给本服务的；请重新获取。", "It may have expired, be signed by another key or be meant for another service. Get a new one.";
    RoleNotAllowed = 403, "role_not_allowed", "身份无权进行此操作", "none of the caller's roles may do this", "who_could 写明了哪些身份可以办理。", "`who_could` names the roles that may.";
    NotFound = 404, "not_found", "查无此项", "there is no such thing", "它不存在，或者您无权知道它是否存在。", "It does not exist, or the caller may not know whether it does.";
    NoThumbnail = 404, "no_thumbnail", "没有缩略图", "there is no small picture of it", "只有 JPEG、PNG 和 WebP 照片有缩略图，且照片须能解码。", "Only photographs in JPEG, PNG or WebP that can be read have one.";
    NotClosed = 404, "not_closed", "尚未销号", "the hazard is not closed", "销号后才有证书。", "There is a certificate only after the sign-off.";
    WrongReceipt = 403, "wrong_receipt", "回执号或口令不对", "the receipt or the passphrase is wrong", "请核对两者；连续出错会被暂停一段时间，不会影响举报本身。", "Check both. Repeated faults are made to wait; the tip itself is not touched.";
    MethodNotAllowed = 405, "method_not_allowed", "不支持该请求方法", "the method is not allowed here", "Allow 响应头列出了可用的方法。", "The `Allow` header lists the methods.";
    NotAcceptable = 406, "not_acceptable", "无法按要求的格式应答", "no acceptable representation", "请放宽 Accept 请求头。", "Widen the Accept header.";
    RequestTimeout = 408, "request_timeout", "请求发送过慢", "the request came too slowly", "请检查网络后重试。", "Check the connection and send it again.";
    OffsetMismatch = 409, "offset_mismatch", "偏移量不符", "the bytes do not begin at the offset of the upload", "请用 HEAD 读取 Upload-Offset，再从该处继续上传。", "Ask for Upload-Offset with HEAD and go on from it.";
    ActionNotAllowed = 409, "action_not_allowed", "当前状态不允许此操作", "the state does not allow this action", "allowed_actions 列出了现在可以办理的操作。", "`allowed_actions` lists what may be done now.";
    AlreadyExists = 409, "already_exists", "已经存在", "it is on record already", "请查找已有的记录。", "Look for the record that exists.";
    HazardAlreadyJudged = 409, "hazard_already_judged", "隐患已作认定", "the hazard has been judged", "认定之后只能通过操作变更。", "After the judgment only actions change it.";
    BytesOutstanding = 409, "bytes_outstanding", "证据尚未上传", "the bytes of the evidence are still to come", "证据已登记，内容尚未上传；请稍后再试。", "The evidence was declared and its bytes are still to come; try again later.";
    InspectionDiffers = 409, "inspection_differs", "同一编号下登记的是另一份检查", "another inspection is on record under this id", "differs 列出了与登记不同的成员；检查一经登记不再变更，另一次检查请使用新的编号。", "`differs` names the members that are not as they were sent before. An inspection on record never changes; send another one under an id of its own.";
    IdempotencyKeyInUse = 409, "idempotency_key_in_use", "同一请求正在处理", "the same request is still being worked on", "请稍候用同一个键重试。", "Wait a moment and send it again under the same key.";
    SyncRestart = 410, "sync_restart", "需要重新同步", "the phone must begin again", "令牌的区域或行业已变，或台账已从较早的备份恢复；请清空本地数据，不带 after 重新开始。", "The areas or industries of the token are others, or the ledger was brought back from an older copy. Drop what is kept and call without `after`.";
    UploadRefused = 410, "upload_refused", "上传的内容未通过校验", "the bytes of the upload were refused", "detail 中写明了原因的代码；请更正后重新上传。", "`detail` names the code of the reason; correct it and upload anew.";
    TusVersionUnsupported = 412, "tus_version_unsupported", "不支持该 tus 协议版本", "the version of the tus protocol is not supported", "请在 Tus-Resumable 请求头中写 1.0.0；Tus-Version 列出了支持的版本。", "Send Tus-Resumable: 1.0.0; Tus-Version lists what is supported.";
    StaleVersion = 412, "stale_version", "数据已被更新", "the caller saw an older version", "current_version 是现在的版本；请重新读取后再办理。", "`current_version` is the present one. Read again, then act.";
    TooLarge = 413, "too_large", "内容过大", "the body is too large", "detail 中写明了上限。", "`detail` names the limit.";
    UriTooLong = 414, "uri_too_long", "网址过长", "the address is too long", "请缩短筛选条件。", "Shorten the filters.";
    UnsupportedMediaType = 415, "unsupported_media_type", "不支持该内容类型", "the media type is not supported", "detail 中写明了接受的类型。", "`detail` names what is accepted.";
    RangeNotSatisfiable = 416, "range_not_satisfiable", "请求的范围无效", "the range cannot be satisfied", "请按 Content-Range 中的长度重新请求。", "Ask within the length that Content-Range names.";
    DigestMismatch = 422, "digest_mismatch", "内容与摘要不符", "the content does not match its digest", "内容在传输中损坏或摘要有误；请重新发送。", "It was damaged on the way or the digest is wrong. Send it again.";
    EvidenceDiffers = 422, "evidence_differs", "内容与登记的证据不符", "the bytes are not what was declared", "errors 中写明了哪一项证据的哪一个成员（大小或类型）不符。", "`errors` names which member, size or media type, of which declared evidence differs.";
    IdempotencyKeyReused = 422, "idempotency_key_reused", "幂等键已用于另一请求", "the key was used for another request", "每个新请求请使用新的键。", "Use a new key for each new request.";
    ImportRejected = 422, "import_rejected", "导入数据有误，未导入任何一行", "the import has bad lines; nothing was imported", "errors 逐行列出了错误；更正后整份重新导入。", "`errors` names every bad line. Correct them and import the whole again.";
    PerformedOutsideQuarter = 422, "performed_outside_quarter", "自查日期不在该季度内", "the day of the check is not in the quarter", "自查日期必须在路径所写的季度内。", "The day must lie within the quarter that the path names.";
    PerformedInFuture = 422, "performed_in_future", "自查日期不能晚于今天", "the day of the check must not be in the future", "自查之后才能上报。", "File it once the check was made.";
    HazardUnknown = 422, "hazard_unknown", "本单位没有这条隐患", "the unit has no such hazard", "请先上报隐患，或放入 reports 一并上报。", "Report the hazard first, or among `reports` of the same call.";
    FoundWithoutHazard = 422, "found_without_hazard", "发现隐患的条款没有对应的隐患", "a finding names no hazard", "hazards 或 reports 中须有引用该条款或尚未认定的隐患。", "Among `hazards` or `reports` there must be one that cites the clause or is not judged yet.";
    ChecklistUnknown = 422, "checklist_unknown", "没有这一版清单", "there is no such version of the list", "请核对清单代码和版本号。", "Check the code and the version of the list.";
    ItemUnknown = 422, "item_unknown", "该版清单没有这一条", "the version of the list has no such item", "请按检查时所用的清单版本填写。", "Name the version of the list that was used.";
    TooManyUploads = 422, "too_many_uploads", "未完成的上传数量已达上限", "there are as many unfinished uploads as one caller may have", "请完成或结束已有的上传。", "Finish or end uploads that were begun.";
    TooManySubscriptions = 422, "too_many_subscriptions", "订阅数量已达上限", "there are as many subscriptions as the service keeps", "请先删除不再使用的订阅。", "Remove one that is not needed any more.";
    TipMessagesFull = 422, "tip_messages_full", "留言条数已达上限", "there is no room for more messages", "请直接联系受理机构。", "Speak with the office itself.";
    PreconditionRequired = 428, "precondition_required", "缺少 If-Match", "If-Match is required", "请先读取，再把 ETag 放入 If-Match 发送。", "Read first, then send the ETag in If-Match.";
    TooManyRequests = 429, "too_many_requests", "请求过于频繁", "too many requests", "请在 Retry-After 之后重试。", "Try again after Retry-After.";
    HeadersTooLarge = 431, "headers_too_large", "请求头过大", "the headers are too large", "请缩短请求头。", "Shorten the headers.";
    ChecksumMismatch = 460, "checksum_mismatch", "内容与校验和不符", "the bytes do not have the checksum that was named", "这段内容已丢弃；请从同一偏移量重新发送。", "These bytes were dropped; send them again from the same offset.";
    Internal = 500, "internal_error", "服务内部错误", "something went wrong here", "请把 request_id 告诉维护人员。", "Give the operator the `request_id`.";
    Busy = 503, "busy", "服务繁忙", "the service is busy", "请在 Retry-After 之后重试。", "Try again after Retry-After.";
    Unavailable = 503, "unavailable", "服务暂不可用", "the service is not available", "请在 Retry-After 之后重试。", "Try again after Retry-After.";
    TipKeyMissing = 503, "tip_key_missing", "举报密钥缺失", "the key of the tip is not there", "请联系维护人员恢复密钥目录（HAZARDS_TIP_KEYS）。", "The operator has to bring the folder of keys back (HAZARDS_TIP_KEYS).";
    Timeout = 503, "timeout", "处理超时", "the request took too long", "请在 Retry-After 之后用同一个幂等键重试。", "Try again after Retry-After, under the same idempotency key.";
}

impl Code {
    /// The row of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|row| row.code() == code)
    }

    /// The row that stands for an error that was not made by this service's own code.
    pub fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Unauthenticated,
            403 => Self::RoleNotAllowed,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            406 => Self::NotAcceptable,
            408 => Self::RequestTimeout,
            413 => Self::TooLarge,
            414 => Self::UriTooLong,
            415 => Self::UnsupportedMediaType,
            416 => Self::RangeNotSatisfiable,
            429 => Self::TooManyRequests,
            431 => Self::HeadersTooLarge,
            503 => Self::Unavailable,
            400..=499 => Self::BadRequest,
            _ => Self::Internal,
        }
    }
}

/// A code that a caller can meet, whichever table it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The code.
    pub code: &'static str,
    /// HTTP status.
    pub status: u16,
    /// The title.
    pub title: Label,
    /// What it means and what to do.
    pub help: Label,
    /// The rule it comes from, for a guard of the law.
    pub source: Option<&'static str>,
}

impl From<Code> for Entry {
    fn from(code: Code) -> Self {
        Self {
            code: code.code(),
            status: code.status(),
            title: code.title(),
            help: code.help(),
            source: None,
        }
    }
}

impl From<Guard> for Entry {
    fn from(guard: Guard) -> Self {
        Self::of_guard(
            guard.code(),
            guard.label(),
            guard.standing(),
            guard.source(),
            SEE_HAZARD,
        )
    }
}

impl From<TipGuard> for Entry {
    fn from(guard: TipGuard) -> Self {
        Self::of_guard(guard.code(), guard.label(), guard.standing(), guard.source(), SEE_TIP)
    }
}

/// Where to see who could act on a hazard in the caller's place.
const SEE_HAZARD: Label = Label {
    zh: "须由其他人员办理；读取隐患时加 include=actions 可看到谁可以办理。",
    en: "Someone else must do it; read the hazard with include=actions to see who could.",
};

/// As [`SEE_HAZARD`]; whom a tip waits for is told by nobody but its own answer.
const SEE_TIP: Label = Label {
    zh: "须由另一名举报受理人员办理。",
    en: "Another tip officer must do it.",
};

impl Entry {
    fn of_guard(
        code: &'static str,
        title: Label,
        standing: Standing,
        source: &'static str,
        someone_else: Label,
    ) -> Self {
        let (status, help) = match standing {
            Standing::Authority => (403, someone_else),
            Standing::Rule => (
                422,
                Label {
                    zh: "请求可以理解，但规则不允许；更正后重试，或先用 dry_run=true 试办。",
                    en: "The request is understood, but the rule says no. Correct it, or try it with dry_run=true first.",
                },
            ),
        };
        Self {
            code,
            status,
            title,
            help,
            source: Some(source),
        }
    }
}

/// Every code that a caller can meet.
pub fn all() -> impl Iterator<Item = Entry> {
    Code::ALL
        .iter()
        .map(|code| Entry::from(*code))
        .chain(Guard::ALL.iter().map(|guard| Entry::from(*guard)))
        .chain(TipGuard::ALL.iter().map(|guard| Entry::from(*guard)))
}

/// A failure on its way to the caller. Its members go out; what is only for the log is in `context`.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    entry: Entry,
    detail: Option<Label>,
    detail_text: Option<String>,
    faults: Vec<Fault>,
    broken: Vec<(Entry, String)>,
    members: Map<String, Value>,
    retry_after: Option<u32>,
    context: Option<String>,
}

/// After how many seconds a caller may try again when the service was too busy.
const RETRY_AFTER_SECONDS: u32 = 1;

impl Problem {
    /// A problem of that code.
    pub fn new(code: Code) -> Self {
        Self::of(code.into())
    }

    fn of(entry: Entry) -> Self {
        Self(Box::new(Parts {
            entry,
            detail: None,
            detail_text: None,
            faults: Vec::new(),
            broken: Vec::new(),
            members: Map::new(),
            retry_after: (entry.status == 503 || entry.status == 429).then_some(RETRY_AFTER_SECONDS),
            context: None,
        }))
    }

    /// What is about the caller decides how the whole is answered, else what is on record, else the first rule.
    fn of_rules(rules: Vec<BrokenRule>) -> Self {
        let broken: Vec<(Entry, String)> = rules
            .into_iter()
            .filter_map(|rule| {
                all()
                    .find(|entry| entry.code == rule.code)
                    .map(|entry| (entry, rule.pointer))
            })
            .collect();
        match broken.iter().map(|(entry, _)| *entry).min_by_key(|entry| entry.status) {
            Some(leading) => {
                let mut problem = Self::of(leading);
                problem.0.broken = broken;
                problem
            }
            None => Self::new(Code::Internal).with_context("a refusal without a rule of the table"),
        }
    }

    /// With a sentence about this case.
    #[must_use]
    pub fn with_detail(mut self, detail: Label) -> Self {
        self.0.detail = Some(detail);
        self
    }

    /// With what is the same in every language: a number, a position, a list of codes. It stands behind the sentence of
    /// [`Problem::with_detail`] where there is one.
    #[must_use]
    pub fn with_text(mut self, detail: impl Into<String>) -> Self {
        self.0.detail_text = Some(detail.into());
        self
    }

    /// With a fault of the input.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.0.faults.push(fault);
        self
    }

    /// With a member of its own.
    #[must_use]
    pub fn with_member(mut self, name: &str, value: Value) -> Self {
        self.0.members.insert(name.to_owned(), value);
        self
    }

    /// To be tried again after so many seconds.
    #[must_use]
    pub fn after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// With what only the log may know.
    #[must_use]
    pub fn with_context(mut self, context: impl Into<String>) -> Self {
        self.0.context = Some(context.into());
        self
    }

    /// The code.
    pub fn code(&self) -> &'static str {
        self.0.entry.code
    }

    /// HTTP status.
    pub fn status(&self) -> u16 {
        self.0.entry.status
    }

    /// Seconds for `Retry-After`.
    pub fn retry_after(&self) -> Option<u32> {
        self.0.retry_after
    }

    /// What only the log may know.
    pub fn context(&self) -> Option<&str> {
        self.0.context.as_deref()
    }

    /// The document.
    pub fn document(&self, language: Language, instance: &str, request_id: &str) -> Value {
        let mut document = self.0.members.clone();
        let title = self.0.entry.title.text(language);
        let detail = match (self.0.detail, &self.0.detail_text) {
            (Some(sentence), Some(text)) => format!("{}: {text}", sentence.text(language)),
            (Some(sentence), None) => sentence.text(language).to_owned(),
            (None, Some(text)) => text.clone(),
            (None, None) => self.0.entry.help.text(language).to_owned(),
        };
        document.insert("type".to_owned(), json!(format!("/problems/{}", self.0.entry.code)));
        document.insert("title".to_owned(), json!(title));
        document.insert("status".to_owned(), json!(self.0.entry.status));
        document.insert("detail".to_owned(), json!(detail));
        document.insert("instance".to_owned(), json!(instance));
        document.insert("code".to_owned(), json!(self.0.entry.code));
        document.insert("request_id".to_owned(), json!(request_id));
        let errors: Vec<Value> = self
            .0
            .faults
            .iter()
            .map(|fault| located(&fault.pointer, fault.code.code(), &fault.detail(language)))
            .chain(
                self.0
                    .broken
                    .iter()
                    .map(|(entry, pointer)| located(pointer, entry.code, entry.title.text(language))),
            )
            .collect();
        if !errors.is_empty() {
            document.insert("errors".to_owned(), Value::Array(errors));
        }
        Value::Object(document)
    }
}

/// A fault of the query names its parameter, one of the body its pointer.
fn located(pointer: &str, code: &str, detail: &str) -> Value {
    match pointer.strip_prefix('?') {
        Some(parameter) => json!({"parameter": parameter, "code": code, "detail": detail}),
        None => json!({"pointer": pointer, "code": code, "detail": detail}),
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.entry.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.entry.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Without a body: the middleware writes the document, because only there the language and the id are known.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl From<Faults> for Problem {
    fn from(faults: Faults) -> Self {
        let only_unknown = faults
            .0
            .iter()
            .all(|fault| fault.code == crate::values::FaultCode::UnknownField);
        let code = if only_unknown {
            Code::UnknownField
        } else {
            Code::InvalidInput
        };
        let mut problem = Self::new(code);
        problem.0.faults = faults.0;
        problem
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let exception = |code: &str| Code::from_code(code).unwrap_or(Code::ActionNotAllowed);
        match refusal {
            Refusal::NotFound => Self::new(Code::NotFound),
            Refusal::NoReadRight => Self::new(Code::RoleNotAllowed),
            Refusal::RoleNotAllowed { who_could } => {
                let roles: Vec<_> = who_could.roles.iter().map(|role| role.code()).collect();
                let level = who_could.level.map(Vocabulary::code);
                Self::new(Code::RoleNotAllowed).with_member("who_could", json!({"roles": roles, "level": level}))
            }
            Refusal::NotAllowedNow { state, allowed } => Self::new(Code::ActionNotAllowed)
                .with_member("current_status", json!(state))
                .with_member("allowed_actions", json!(allowed)),
            Refusal::Broken(broken) => match Refusal::leading(&broken).cloned() {
                Some(leading) => {
                    let mut problem = Self::of(leading.guard.into());
                    problem.0.broken = broken
                        .into_iter()
                        .map(|broken| (broken.guard.into(), broken.pointer))
                        .collect();
                    problem
                }
                None => Self::new(Code::Internal).with_context("a refusal without a broken guard"),
            },
            Refusal::Rules(rules) => Self::of_rules(rules),
            Refusal::VersionNotNamed => Self::new(Code::PreconditionRequired),
            Refusal::Stale { current } => Self::new(Code::StaleVersion).with_member("current_version", json!(current)),
            Refusal::Faults(faults) => faults.into(),
            Refusal::Differs { code, pointers } => Self::new(exception(code)).with_member("differs", json!(pointers)),
            Refusal::Barred { code } => Self::new(exception(code)),
            Refusal::Exists { code, detail } | Refusal::Frozen { code, detail } => {
                Self::new(exception(code)).with_detail(detail)
            }
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::Busy | StoreError::Conflict(_) => Code::Busy,
            StoreError::Unavailable(_) => Code::Unavailable,
            StoreError::Unique(_) | StoreError::NewerSchema { .. } | StoreError::Corrupt(_) | StoreError::Query(_) => {
                Code::Internal
            }
        };
        let cause = std::error::Error::source(&error)
            .map(|source| format!(": {source}"))
            .unwrap_or_default();
        Self::new(code).with_context(format!("{error}{cause}"))
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refusal(refusal) => refusal.into(),
            Failure::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_there_once_with_both_titles() {
        let codes: Vec<_> = all().collect();
        let distinct: BTreeSet<_> = codes.iter().map(|entry| entry.code).collect();
        assert_eq!(distinct.len(), codes.len());
        for entry in codes {
            assert!(
                !entry.title.zh.is_ascii() && entry.title.en.is_ascii(),
                "{}",
                entry.code
            );
            assert!(!entry.help.zh.is_ascii() && entry.help.en.is_ascii(), "{}", entry.code);
            assert!((400..600).contains(&entry.status));
        }
    }

    #[test]
    fn what_is_only_for_the_log_is_not_in_the_document() {
        let problem = Problem::from(StoreError::Corrupt("SELECT secret".to_owned()));
        let document = problem.document(Language::English, "/v1/hazards", "abc").to_string();
        assert!(!document.contains("secret"));
        assert!(document.contains("\"request_id\":\"abc\""));
        assert_eq!(
            problem.context(),
            Some("the store holds what it should not: SELECT secret")
        );
    }
}
