//! What may stand inside the elements that we read, as the official schemas say: pain.002.001.10, camt.053.001.08 and
//! camt.054.001.08. Each table is a complex type of those schemas under its own name; a test compares them with the
//! published files, word for word.
//!
//! Elements that we have no use for are named here, so that their order is checked, and then skipped.

/// The children of one element.
#[derive(Debug)]
pub(super) struct Shape {
    /// The name of the complex type in the schema.
    #[cfg_attr(not(test), expect(dead_code, reason = "names the type that a test compares with"))]
    pub(super) name: &'static str,
    pub(super) order: Order,
    pub(super) children: &'static [Child],
}

/// How children follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// In the order of the table.
    Sequence,
    /// One of them.
    Choice,
}

/// One child, and how often it may stand there.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) name: &'static str,
    pub(super) min: u32,
    pub(super) max: u32,
}

const fn one(name: &'static str) -> Child {
    Child { name, min: 1, max: 1 }
}

const fn maybe(name: &'static str) -> Child {
    Child { name, min: 0, max: 1 }
}

const fn many(name: &'static str) -> Child {
    Child { name, min: 0, max: u32::MAX }
}

const fn some(name: &'static str) -> Child {
    Child { name, min: 1, max: u32::MAX }
}

const fn sequence(name: &'static str, children: &'static [Child]) -> Shape {
    Shape { name, order: Order::Sequence, children }
}

const fn choice(name: &'static str, children: &'static [Child]) -> Shape {
    Shape { name, order: Order::Choice, children }
}

macro_rules! shapes {
    ($($list:ident { $($constant:ident = $shape:expr;)* })*) => {
        $(
            $(pub(super) static $constant: Shape = $shape;)*
            #[cfg(test)]
            pub(super) static $list: &[&Shape] = &[$(&$constant),*];
        )*
    };
}

shapes! {
    PAIN_002 {
        STATUS_DOCUMENT = sequence("Document", &[one("CstmrPmtStsRpt")]);
        STATUS_REPORT = sequence("CustomerPaymentStatusReportV10", &[one("GrpHdr"), one("OrgnlGrpInfAndSts"), many("OrgnlPmtInfAndSts"), many("SplmtryData")]);
        STATUS_HEADER = sequence("GroupHeader86", &[
            one("MsgId"),
            one("CreDtTm"),
            maybe("InitgPty"),
            maybe("FwdgAgt"),
            maybe("DbtrAgt"),
            maybe("CdtrAgt"),
        ]);
        ORIGINAL_GROUP = sequence("OriginalGroupHeader17", &[
            one("OrgnlMsgId"),
            one("OrgnlMsgNmId"),
            maybe("OrgnlCreDtTm"),
            maybe("OrgnlNbOfTxs"),
            maybe("OrgnlCtrlSum"),
            maybe("GrpSts"),
            many("StsRsnInf"),
            many("NbOfTxsPerSts"),
        ]);
        ORIGINAL_BATCH = sequence("OriginalPaymentInstruction32", &[
            one("OrgnlPmtInfId"),
            maybe("OrgnlNbOfTxs"),
            maybe("OrgnlCtrlSum"),
            maybe("PmtInfSts"),
            many("StsRsnInf"),
            many("NbOfTxsPerSts"),
            many("TxInfAndSts"),
        ]);
        ORIGINAL_ENTRY = sequence("PaymentTransaction105", &[
            maybe("StsId"),
            maybe("OrgnlInstrId"),
            maybe("OrgnlEndToEndId"),
            maybe("OrgnlUETR"),
            maybe("TxSts"),
            many("StsRsnInf"),
            many("ChrgsInf"),
            maybe("TrckrData"),
            maybe("AccptncDtTm"),
            maybe("AcctSvcrRef"),
            maybe("ClrSysRef"),
            maybe("OrgnlTxRef"),
            many("SplmtryData"),
        ]);
        STATUS_REASON = sequence("StatusReasonInformation12", &[maybe("Orgtr"), maybe("Rsn"), many("AddtlInf")]);
        STATUS_REASON_CODE = choice("StatusReason6Choice", &[one("Cd"), one("Prtry")]);
        ORIGINAL_REFERENCE = sequence("OriginalTransactionReference28", &[
            maybe("IntrBkSttlmAmt"),
            maybe("Amt"),
            maybe("IntrBkSttlmDt"),
            maybe("ReqdColltnDt"),
            maybe("ReqdExctnDt"),
            maybe("CdtrSchmeId"),
            maybe("SttlmInf"),
            maybe("PmtTpInf"),
            maybe("PmtMtd"),
            maybe("MndtRltdInf"),
            maybe("RmtInf"),
            maybe("UltmtDbtr"),
            maybe("Dbtr"),
            maybe("DbtrAcct"),
            maybe("DbtrAgt"),
            maybe("DbtrAgtAcct"),
            maybe("CdtrAgt"),
            maybe("CdtrAgtAcct"),
            maybe("Cdtr"),
            maybe("CdtrAcct"),
            maybe("UltmtCdtr"),
            maybe("Purp"),
        ]);
        ORIGINAL_AMOUNT = choice("AmountType4Choice", &[one("InstdAmt"), one("EqvtAmt")]);
    }
    CAMT_053 {
        STATEMENT_DOCUMENT = sequence("Document", &[one("BkToCstmrStmt")]);
        STATEMENT_MESSAGE = sequence("BankToCustomerStatementV08", &[one("GrpHdr"), some("Stmt"), many("SplmtryData")]);
        STATEMENT = sequence("AccountStatement9", &[
            one("Id"),
            maybe("StmtPgntn"),
            maybe("ElctrncSeqNb"),
            maybe("RptgSeq"),
            maybe("LglSeqNb"),
            maybe("CreDtTm"),
            maybe("FrToDt"),
            maybe("CpyDplctInd"),
            maybe("RptgSrc"),
            one("Acct"),
            maybe("RltdAcct"),
            many("Intrst"),
            some("Bal"),
            maybe("TxsSummry"),
            many("Ntry"),
            maybe("AddtlStmtInf"),
        ]);
    }
    CAMT_054 {
        NOTIFICATION_DOCUMENT = sequence("Document", &[one("BkToCstmrDbtCdtNtfctn")]);
        NOTIFICATION_MESSAGE = sequence("BankToCustomerDebitCreditNotificationV08", &[one("GrpHdr"), some("Ntfctn"), many("SplmtryData")]);
        NOTIFICATION = sequence("AccountNotification17", &[
            one("Id"),
            maybe("NtfctnPgntn"),
            maybe("ElctrncSeqNb"),
            maybe("RptgSeq"),
            maybe("LglSeqNb"),
            maybe("CreDtTm"),
            maybe("FrToDt"),
            maybe("CpyDplctInd"),
            maybe("RptgSrc"),
            one("Acct"),
            maybe("RltdAcct"),
            many("Intrst"),
            maybe("TxsSummry"),
            many("Ntry"),
            maybe("AddtlNtfctnInf"),
        ]);
    }
    BOTH_CAMT {
        HEADER = sequence("GroupHeader81", &[
            one("MsgId"),
            one("CreDtTm"),
            maybe("MsgRcpt"),
            maybe("MsgPgntn"),
            maybe("OrgnlBizQry"),
            maybe("AddtlInf"),
        ]);
        PAGINATION = sequence("Pagination1", &[one("PgNb"), one("LastPgInd")]);
        ACCOUNT = sequence("CashAccount39", &[
            one("Id"),
            maybe("Tp"),
            maybe("Ccy"),
            maybe("Nm"),
            maybe("Prxy"),
            maybe("Ownr"),
            maybe("Svcr"),
        ]);
        ACCOUNT_ID = choice("AccountIdentification4Choice", &[one("IBAN"), one("Othr")]);
        BALANCE = sequence("CashBalance8", &[
            one("Tp"),
            many("CdtLine"),
            one("Amt"),
            one("CdtDbtInd"),
            one("Dt"),
            many("Avlbty"),
        ]);
        BALANCE_TYPE = sequence("BalanceType13", &[one("CdOrPrtry"), maybe("SubTp")]);
        BALANCE_CODE = choice("BalanceType10Choice", &[one("Cd"), one("Prtry")]);
        ENTRY = sequence("ReportEntry10", &[
            maybe("NtryRef"),
            one("Amt"),
            one("CdtDbtInd"),
            maybe("RvslInd"),
            one("Sts"),
            maybe("BookgDt"),
            maybe("ValDt"),
            maybe("AcctSvcrRef"),
            many("Avlbty"),
            one("BkTxCd"),
            maybe("ComssnWvrInd"),
            maybe("AddtlInfInd"),
            maybe("AmtDtls"),
            maybe("Chrgs"),
            maybe("TechInptChanl"),
            maybe("Intrst"),
            maybe("CardTx"),
            many("NtryDtls"),
            maybe("AddtlNtryInf"),
        ]);
        ENTRY_STATUS = choice("EntryStatus1Choice", &[one("Cd"), one("Prtry")]);
        DATE = choice("DateAndDateTime2Choice", &[one("Dt"), one("DtTm")]);
        BANK_CODE = sequence("BankTransactionCodeStructure4", &[maybe("Domn"), maybe("Prtry")]);
        BANK_DOMAIN = sequence("BankTransactionCodeStructure5", &[one("Cd"), one("Fmly")]);
        BANK_FAMILY = sequence("BankTransactionCodeStructure6", &[one("Cd"), one("SubFmlyCd")]);
        ENTRY_DETAILS = sequence("EntryDetails9", &[maybe("Btch"), many("TxDtls")]);
        BATCH = sequence("BatchInformation2", &[
            maybe("MsgId"),
            maybe("PmtInfId"),
            maybe("NbOfTxs"),
            maybe("TtlAmt"),
            maybe("CdtDbtInd"),
        ]);
        TRANSACTION = sequence("EntryTransaction10", &[
            maybe("Refs"),
            maybe("Amt"),
            maybe("CdtDbtInd"),
            maybe("AmtDtls"),
            many("Avlbty"),
            maybe("BkTxCd"),
            maybe("Chrgs"),
            maybe("Intrst"),
            maybe("RltdPties"),
            maybe("RltdAgts"),
            maybe("LclInstrm"),
            maybe("Purp"),
            Child { name: "RltdRmtInf", min: 0, max: 10 },
            maybe("RmtInf"),
            maybe("RltdDts"),
            maybe("RltdPric"),
            many("RltdQties"),
            maybe("FinInstrmId"),
            maybe("Tax"),
            maybe("RtrInf"),
            maybe("CorpActn"),
            maybe("SfkpgAcct"),
            many("CshDpst"),
            maybe("CardTx"),
            maybe("AddtlTxInf"),
            many("SplmtryData"),
        ]);
        REFERENCES = sequence("TransactionReferences6", &[
            maybe("MsgId"),
            maybe("AcctSvcrRef"),
            maybe("PmtInfId"),
            maybe("InstrId"),
            maybe("EndToEndId"),
            maybe("UETR"),
            maybe("TxId"),
            maybe("MndtId"),
            maybe("ChqNb"),
            maybe("ClrSysRef"),
            maybe("AcctOwnrTxId"),
            maybe("AcctSvcrTxId"),
            maybe("MktInfrstrctrTxId"),
            maybe("PrcgId"),
            many("Prtry"),
        ]);
        AMOUNTS = sequence("AmountAndCurrencyExchange3", &[
            maybe("InstdAmt"),
            maybe("TxAmt"),
            maybe("CntrValAmt"),
            maybe("AnncdPstngAmt"),
            many("PrtryAmt"),
        ]);
        AMOUNT = sequence("AmountAndCurrencyExchangeDetails3", &[one("Amt"), maybe("CcyXchg")]);
        RETURN = sequence("PaymentReturnReason5", &[maybe("OrgnlBkTxCd"), maybe("Orgtr"), maybe("Rsn"), many("AddtlInf")]);
        RETURN_REASON = choice("ReturnReason5Choice", &[one("Cd"), one("Prtry")]);
    }
}
