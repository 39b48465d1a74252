using SpreadCheetah;

namespace Crm.Tests.Fees;

/// <summary>Statements as banks export them: what stands above the headings, between the lines and below is theirs.</summary>
internal static class SampleStatements
{
    /// <summary>Parted by tabs, with the day in words and a column that calls the bank's own account a reference.</summary>
    public const string Sbi = """
        Account Name       :	PERIYAR SCHOOL OF MEDICAL CODING
        Account Number     :	_00000031234567890
        Branch             :	ERNAKULAM
        Start Date         :	1 Nov 2026
        Balance as on 1 Nov 2026  :	1,00,000.00

        Txn Date	Value Date	Description	Ref No./Cheque No.	        Debit	Credit	Balance
        20 Nov 2026	20 Nov 2026	UPI/CR/412345678901/ANJALI NAIR/SBIN/anjali@oksbi/fee	TRANSFER FROM 4897695162093		14,000.00	1,14,000.00
        20 Nov 2026	20 Nov 2026	TO TRANSFER-UPI/DR/412345678902/KSEB/YESB/kseb@ybl/bill	TRANSFER TO 4897691162094	2,310.00		1,11,690.00
        21 Nov 2026	21 Nov 2026	CASH DEPOSIT SELF			500.00	1,12,190.00
        21 Nov 2026	21 Nov 2026	CASH DEPOSIT SELF			500.00	1,12,690.00

        **This is a computer generated statement and does not require a signature
        """;

    /// <summary>Short years, lines of stars, a total below.</summary>
    public const string Hdfc = """
        HDFC BANK Ltd.,,,,,,
        "MR. PERIYAR SCHOOL, ERNAKULAM",,,,Account No :50100123456789,,
        ,,,,,,
        Date,Narration,Chq./Ref.No.,Value Dt,Withdrawal Amt.,Deposit Amt.,Closing Balance
        ********,**************,******,******,******,******,******
        19/11/26,OPENING BALANCE,,19/11/26,,,"50,000.00"
        20/11/26,"NEFT CR-SBIN0001234-BINU GEORGE-PERIYAR SCHOOL-SBINN52026112000123456",0000000000000000,20/11/26,,"42,000.00","92,000.00"
        21/11/26,UPI-CHITHRA D-9847055555@YBL-SBIN0001234-412345678903-FEE,0000412345678903,21/11/26,,"14,000.00","1,06,000.00"
        22/11/26,IMPS-412345678904-X-HDFC-XXXX1234-SENT,0000412345678904,22/11/26,"1,000.00",,"1,05,000.00"
        ********,**************,******,******,******,******,******
        ,Grand Total,,,"1,000.00","56,000.00",
        """;

    /// <summary>One column of amounts with Cr and Dr behind, and times behind the days.</summary>
    public const string Canara = """
        Account Number,="0123101012345"
        Searched By,From 01 Nov 2026 To 30 Nov 2026

        Txn Date,Value Date,Description,Ref/Cheque No.,Amount,Dr/Cr,Balance,Dr/Cr
        22-11-2026 10:15:33,22-11-2026,UPI/CR/412345678905/ANJALI N/SBI/anj@okaxis/CPC270101,="412345678905","28,000.00",CR,"1,28,000.00",CR
        22-11-2026 11:00:00,22-11-2026,SMS CHARGES,="",17.70,DR,"1,27,982.30",CR
        23-11-2026 09:00:00,23-11-2026,INT.PD 01-11-2026 TO 23-11-2026,,212.00,CR,"1,28,194.30",CR
        ,Closing Balance,,,,,"1,28,194.30",CR
        """;

    /// <summary>A workbook, with its days as days and its numbers as numbers.</summary>
    public static async Task<byte[]> IciciAsync()
    {
        using var stream = new MemoryStream();
        await using (var book = await Spreadsheet.CreateNewAsync(stream))
        {
            await book.StartWorksheetAsync("OpTransactionHistory");
            async Task Row(params object?[] cells) => await book.AddRowAsync([.. cells.Select(c => c switch
            {
                DateTime day => new DataCell(day),
                double number => new DataCell(number),
                null => default,
                _ => new DataCell((string)c),
            })]);
            await Row(null, "DETAILED STATEMENT");
            await Row(null, "Account Number", "000405001234 ( INR )  - PERIYAR SCHOOL");
            await Row();
            await Row(null, "S No.", "Value Date", "Transaction Date", "Cheque Number", "Transaction Remarks", "Withdrawal Amount (INR )",
                "Deposit Amount (INR )", "Balance (INR )");
            await Row(null, 1d, new DateTime(2026, 11, 20), new DateTime(2026, 11, 20), "-",
                "UPI/412345678901/fee/anjali@oksbi/State Bank Of I/ICI0001", 0d, 14000d, 114000d);
            await Row(null, 2d, new DateTime(2026, 11, 21), new DateTime(2026, 11, 21), "001234", "CLG/BINU GEORGE/FED", 0d, 3000.5d,
                117000.5d);
            await Row(null, "Legends Used in Account Statement");
            await book.FinishAsync();
        }
        return stream.ToArray();
    }
}
