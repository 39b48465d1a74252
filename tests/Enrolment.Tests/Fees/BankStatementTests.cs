using System.Net;
using System.Text;
using Crm.Accounts;
using Crm.Courses;
using Crm.Enrolments;
using Crm.Fees;
using Crm.Institute;
using Crm.Leads;
using Crm.People;
using Crm.Privacy;
using Crm.Seats;

namespace Crm.Tests.Fees;

/// <summary>Bank statements: read as banks write them, matched to what is owed, and posted once however often they come.</summary>
public sealed class BankStatementTests(TestPostgres postgres)
{
    private static ReadStatement Read(string text) => StatementReader.Read(StatementFile.Read(Encoding.UTF8.GetBytes(text)));

    private static string[] Told(ReadStatement statement) =>
        [.. statement.Lines.Select(l => $"{l.Day:yyyy-MM-dd} {l.Amount} {Payer.In(l.Narration, l.Reference).Reference}")];

    [Fact]
    public async Task Statements_of_different_banks_are_read_by_their_headings_and_contents()
    {
        Assert.Equal(["2026-11-20 14000.00 412345678901", "2026-11-20 -2310.00 412345678902", "2026-11-21 500.00 ", "2026-11-21 500.00 "],
            Told(Read(SampleStatements.Sbi)));
        Assert.Equal(["2026-11-20 42000.00 SBINN52026112000123456", "2026-11-21 14000.00 412345678903", "2026-11-22 -1000.00 412345678904"],
            Told(Read(SampleStatements.Hdfc)));
        Assert.Equal(["2026-11-22 28000.00 412345678905", "2026-11-22 -17.70 ", "2026-11-23 212.00 "], Told(Read(SampleStatements.Canara)));
        Assert.Equal(["2026-11-20 14000.00 412345678901", "2026-11-21 3000.50 "],
            Told(StatementReader.Read(StatementFile.Read(await SampleStatements.IciciAsync()))));
        Assert.Equal(["7890", "6789", "2345"], new[] { SampleStatements.Sbi, SampleStatements.Hdfc, SampleStatements.Canara }.Select(s =>
            Read(s).Account));
    }

    [Theory]
    [InlineData("NEFT CR-SBIN0000001-RUPINDER KAUR-PERIYAR", PaymentWay.BankTransfer)]
    [InlineData("CLG CHQ 556677 RUPINDER KAUR", PaymentWay.Cheque)]
    [InlineData("UPI/CR/433312345678/RUPINDER/SBIN", PaymentWay.Upi)]
    [InlineData("BY TRANSFER-UPI-433312345678", PaymentWay.Upi)]
    [InlineData("UPIIN/433312345678/anjali@okaxis", PaymentWay.Upi)]
    public void The_way_is_told_by_whole_words(string narration, PaymentWay way) => Assert.Equal(way, Payer.In(narration, "").Way);

    [Theory]
    [InlineData("", "The file is empty.")]
    [InlineData("%PDF-1.7 …", "This is a PDF.")]
    [InlineData("<html><table>", "This is a web page with the name of a spreadsheet.")]
    [InlineData("PK\u0003\u0004 broken", "This workbook cannot be read.")]
    [InlineData("Name,Phone\nAnjali,98470 12345", "No statement was found")]
    [InlineData("Date,Narration,Deposit\nTotal,,500", "There are headings of a statement, and no movement")]
    public void What_is_no_statement_is_refused_with_what_it_is(string content, string sentence) =>
        Assert.StartsWith(sentence, Assert.Throws<Refusal>(() => Read(content)).Message);

    private const string Headings = "Date,Narration,Ref No,Withdrawal,Deposit\n";

    [Theory]
    [InlineData("20/11/2026,UPI/1,1,,100\n20/11/2026,\"UPI/BINU,2,,200\n21/11/2026,UPI/3,3,,300\n", 3)]
    [InlineData("20/11/2026,\"UPI/CPC-2704-01,5,,123.45\n20/11/2026,\"UPI/SOMEBODY ELSE\",6,,777.77\n", 2)]
    [InlineData("20/11/2026,UPI/1,1,,100\n20/11/2026,\"UPI", 3)]
    public void A_quotation_mark_that_stands_there_by_mistake_swallows_no_money(string rows, int row) =>
        Assert.Equal($"In row {row} a quotation mark opens a cell and does not close it. Remove it there, and drop the file again: "
            + "nothing was taken in.", Assert.Throws<Refusal>(() => Read(Headings + rows)).Message);

    [Theory]
    [InlineData("20/11/2026,\"UPI, \"\"ABC\"\" LTD\",1,,\"1,000.00\"\n")]
    [InlineData("20/11/2026,\"UPI,\nof two lines\" ,1,,\"1,000.00\"")]
    [InlineData("20/11/2026,\"ABC\" LTD,1,,1000\r\n")]
    [InlineData("20/11/2026,ABC \"LTD\",1,,1000\r")]
    [InlineData("20/11/2026, \"\",1,,=\"1000\"")]
    public void Quotation_marks_as_banks_write_them_are_read(string row)
    {
        var line = Assert.Single(Read(Headings + row).Lines);

        Assert.Equal((new DateOnly(2026, 11, 20), 1_000, "1"), (line.Day, line.Amount.Rupees, line.Reference));
    }

    [Fact]
    public void Marks_without_end_are_read_in_one_go()
    {
        var marks = Headings + "20/11/2026,UPI,1,,100\n" + string.Concat(Enumerable.Repeat("x\"", 1_000_000));

        Assert.Single(Read(marks).Lines);
    }

    [Fact]
    public void A_row_whose_amount_is_a_formula_without_its_result_does_not_vanish()
    {
        string[][] rows = [["Date", "Narration", "Withdrawal", "Deposit"], ["05/12/2026", "UPI/CR/412345678901", "", "500"],
            ["05/12/2026", "UPI/CR/412345678902", "", ""], ["06/12/2026", "Opening balance", "", ""], ["06/12/2026", "", "", ""],
            ["", "and a second line of a narration", "", ""]];

        var read = StatementReader.Read([new StatementSheet(rows)]);

        Assert.Equal((1, 3), (read.Lines.Count, Assert.Single(read.Unread)));
    }

    private const string TwoRows = "20/11/2026,UPI/CR/412345678901,1,,14000.00,1\n21/11/2026,UPI/CR/412345678902,2,,49560.00,2";

    [Theory]
    [InlineData("", 2)]
    [InlineData("\n", 2)]
    [InlineData(",2", 0)]
    [InlineData("0.00,2", 0)]
    [InlineData(",49560.00,2", 0)]
    [InlineData("UPI/CR/412345678902,2,,49560.00,2", 0)]
    [InlineData("21/11/2026,UPI/CR/412345678902,2,,49560.00,2", 1)]
    public void A_file_that_was_cut_off_on_its_way_brings_no_other_amount_and_hides_none(string cut, int read)
    {
        var whole = Headings.Replace("Deposit", "Deposit,Balance", StringComparison.Ordinal) + TwoRows;
        var file = cut == "\n" ? whole + cut : whole[..^cut.Length];

        if (read > 0) Assert.Equal(read, Read(file).Lines.Count);
        else Assert.StartsWith("The file seems to be cut off in row 3, its last.", Assert.Throws<Refusal>(() => Read(file)).Message);
    }

    [Theory]
    [InlineData("20/11/2026,UPI,1,,14000.00\n21/11/2026,UPI,2,,4956", false)]
    [InlineData("20/11/2026,UPI,1,,14000.00\n21/11/2026,UPI,2,,49560.0", false)]
    [InlineData("20/11/2026,UPI,1,,14000.00\n21/11/2026,UPI,2,,49560.00", true)]
    [InlineData("20/11/2026,UPI,1,,14000\n21/11/2026,UPI,2,,49560", true)]
    [InlineData("20/11/2026,UPI,1,,14000.00\n21/11/2026,UPI,2,,4956\n", true)]
    [InlineData("20/11/2026,UPI,1,,14000.00\n21/11/2026,FEE,2,17.70,", true)]
    [InlineData("20/11/2026,UPI,1,,14000.00\n21/11/2026,UPI,2,,49560.00\nPage 1", true)]
    public void An_amount_at_the_end_of_a_file_is_whole_or_refused(string rows, bool isWhole) =>
        Assert.Equal(isWhole, Record.Exception(() => Read(Headings + rows)) is null);

    [Fact]
    public async Task Two_credits_under_one_number_of_a_bank_are_never_posted_by_the_button()
    {
        await using var bank = await OpenAsync();
        var seat = await bank.SeatAsync("Anjali Nair");
        string Row(string amount) => $"20/11/2026,UPI/CR/412345678901/{seat.RollNumber},1,,{amount}\n";

        await bank.DropAsync(Headings + Row("1400"));
        await bank.PostAsync();
        var posted = await bank.DropAsync(Headings + Row("14000"));
        await bank.DropAsync(Headings + Row("300").Replace("412345678901", "412345678907", StringComparison.Ordinal));
        var waiting = await bank.DropAsync(Headings + Row("3000").Replace("412345678901", "412345678907", StringComparison.Ordinal));

        Assert.Empty(posted.Html.QuerySelectorAll("section[aria-label=Certain]"));
        Assert.Contains("R-2627-0001 has this reference, over another amount or of another day.", posted.Text);
        Assert.Empty(waiting.Html.QuerySelectorAll("section[aria-label=Certain]"));
        Assert.Contains("Another credit has this reference, over another amount or of another day.", waiting.Text);
        Assert.Equal(1_400, Assert.Single((await bank.App.LoadAsync<Enrolment>(seat.Id)).Payments).Amount.Rupees);
    }

    [Fact]
    public async Task A_pile_of_old_credits_hides_none_of_today_s_and_is_counted()
    {
        await using var bank = await OpenAsync();
        var seat = await bank.SeatAsync("Anjali Nair");
        await bank.DropAsync(Headings + string.Concat(Enumerable.Range(0, StatementDesk.Most + 1).Select(i =>
            $"{i % 28 + 1:00}/10/2026,CASH DEPOSIT {i},,,{i + 100}\n")));

        var page = await bank.DropAsync(Headings + $"20/11/2026,UPI/CR/412345678901/{seat.RollNumber},1,,14000\n");

        Assert.Contains("₹14,000", page.One("section[aria-label=Certain]").TextContent);
        Assert.Contains("2 credits of earlier days wait behind these, and are not looked at yet.", page.Text);
    }

    [Fact]
    public async Task Rows_that_look_like_movements_and_cannot_be_read_are_told_by_their_numbers()
    {
        await using var bank = await OpenAsync();

        var page = await bank.DropAsync("Account number: 1234567890\n" + Headings
            + "20/11/2026,UPI/1,1,,100\nNov 29 2026,UPI/2,2,,200\n31/02/2026,UPI/3,3,,300\n21/11/2026,UPI/4,4,,₹ 108/-\n"
            + "21/11/2026,Bank charges,5,17.70,\n,,,,\nTotal 3,,,17.70,708\nClosing balance 21/11/2026,,,,500\nPage 1 of 1,,,,\n");

        Assert.Equal("1 credit found, 1 of them new. 3 rows could not be read: see below which.", page.One(".done").TextContent);
        Assert.Equal("3 rows could not be read as a day with an amount, and were left out: 4, 5, 6.",
            page.One("section[aria-label=Statements] li strong").TextContent);
        Assert.Contains("1 credit, 1 new", page.One("section[aria-label=Statements] li").TextContent);
    }

    [Theory]
    [InlineData("Date,Description,Type,Amount", "25-11-2026,RENT,Withdrawal,9001", "25-11-2026,FEE,Deposit,9002", "-9001.00 9002.00", "")]
    [InlineData("Date,Description,Type,Amount", "25-11-2026,RENT,(Dr),9001", "25-11-2026,FEE,C,9002", "-9001.00 9002.00", "")]
    [InlineData("Date,Description,Type,Amount", "25-11-2026,RENT,Payment,9001", "25-11-2026,FEE,Cr,9002", "9002.00", "2")]
    [InlineData("Date,Description,Type,Amount", "25-11-2026,RENT,UPI,-9001", "25-11-2026,FEE,NEFT,9002", "-9001.00 9002.00", "")]
    [InlineData("Date,Description,Debit,Credit", "25-11-2026,POWER,-1500.00,", "25-11-2026,RENT,(25000),", "-1500.00 -25000.00", "")]
    [InlineData("Date;Description;Debit;Credit", "25-11-2026;FEE;;1234,50", "25-11-2026;FEE;;1.234", "1.23", "2")]
    [InlineData("Date,Description,Debit,Credit", "25-11-2026,FEE,,\"1,23,450.00\"", "25-11-2026,FEE,,\"1,234\"", "123450.00 1234.00", "")]
    [InlineData("Date,Description,Debit,Credit", "25-11-2026,Total gas refund,,400", "25-11-2026,FEE,,5", "5.00", "2")]
    public void What_went_out_is_never_read_as_what_came_in_and_what_is_not_understood_is_told(
        string headings, string one, string two, string amounts, string unread)
    {
        var read = Read($"{headings}\n{one}\n{two}\n");

        Assert.Equal((amounts, unread), (string.Join(' ', read.Lines.Select(l => l.Amount)), string.Join(' ', read.Unread)));
    }

    [Fact]
    public void Of_statements_on_two_sheets_none_is_left_out_unseen()
    {
        StatementSheet[] sheets = [new([["Date", "Narration", "Deposit"], ["20/11/2026", "UPI", "1"]]),
            new([["Date", "Narration", "Deposit"], ["21/11/2026", "UPI", "2"]])];

        Assert.Single(StatementReader.Read(sheets[..1]).Lines);
        Assert.StartsWith("There is a statement on more than one sheet.",
            Assert.Throws<Refusal>(() => StatementReader.Read(sheets)).Message);
    }

    [Fact]
    public async Task One_deposit_in_the_words_of_two_files_posts_once()
    {
        await using var bank = await OpenAsync();
        var seat = await bank.SeatAsync("Anjali Nair");
        var row = $"20/11/2026,CASH DEP BY SELF {PaymentReference.Of(seat)}";
        await bank.DropAsync(Headings + row + ",,,2000\n");
        await bank.PostAsync();

        foreach (var file in new[] { "Account number: 1234567890\n" + Headings + row, Headings + row + " BRANCH ERNAKULAM" })
        {
            var page = await bank.DropAsync(file + ",,,2000\n");
            Assert.Empty(page.Html.QuerySelectorAll("section[aria-label=Certain]"));
            Assert.Contains("R-2627-0001 is of this amount and day, for the same seat.", page.Text);
        }

        Assert.Single((await bank.App.LoadAsync<Enrolment>(seat.Id)).Payments);
    }

    [Fact]
    public void A_file_is_bounded_in_its_rows_and_its_size()
    {
        var rows = "Date,Narration,Deposit\n" + string.Concat(Enumerable.Repeat("01/11/2026,x,1\n", StatementFile.MostRows));

        Assert.StartsWith("The file has more than 20,000 rows.", Assert.Throws<Refusal>(() => Read(rows)).Message);
        Assert.StartsWith("The file is larger than 5 MB.", Assert.Throws<Refusal>(() => Read(new string('x', 5_000_001))).Message);
    }

    [Theory]
    [InlineData("UPI/CR/412345678901/ANJALI N/SBIN/anjali@oksbi/fee", "412345678901", "ANJALI N", "anjali@oksbi")]
    [InlineData("UPI-CHITHRA D-9847055555@YBL-SBIN0001234-412345678903-FEE", "412345678903", "CHITHRA D", "9847055555@ybl")]
    [InlineData("NEFT CR-SBIN0001234-BINU GEORGE-PERIYAR-SBINN52026112000123456", "SBINN52026112000123456", "BINU GEORGE", "")]
    [InlineData("BY TRANSFER-NEFT*SBIN0001234*N326261234567890*ANJALI NAIR--", "N326261234567890", "ANJALI NAIR", "")]
    public void A_narration_tells_who_paid_and_under_which_number(string narration, string reference, string name, string account)
    {
        var payer = Payer.In(narration, "");

        Assert.Equal((reference, name, account), (payer.Reference, payer.Names[0], payer.Accounts.FirstOrDefault() ?? ""));
    }

    private sealed record Bank(TestApp App, Browser Manager, User User, Course Course, Batch Batch) : IAsyncDisposable
    {
        public async Task<Enrolment> SeatAsync(string name, int instalments = 3, string? phone = null) => await App.EnrolAsync(
            await App.AddLeadAsync(Course, name, phone: phone), User, Batch, instalments, from: "2026-11-20");

        public Task<WebPage> DropAsync(string content) => DropAsync(Encoding.UTF8.GetBytes(content));

        public async Task<WebPage> DropAsync(byte[] content)
        {
            var page = await Manager.GetAsync("/bank-statements");
            using var body = new MultipartFormDataContent();
            foreach (var field in page.Html.QuerySelectorAll("form.drop input[type=hidden]"))
                body.Add(new StringContent(field.GetAttribute("value")!), field.GetAttribute("name")!);
            body.Add(new ByteArrayContent(content), "file", "statement.csv");
            using var answer = await Manager.SendRawAsync(new HttpRequestMessage(HttpMethod.Post, "/bank-statements") { Content = body });
            Assert.True(answer.StatusCode is HttpStatusCode.Redirect, await answer.Content.ReadAsStringAsync());
            return await Manager.GetAsync(answer.Headers.Location!.ToString());
        }

        public async Task<WebPage> PostAsync()
        {
            await Manager.GetAsync("/bank-statements");
            return await Manager.SubmitAsync("form[action='/bank-statements/payments']");
        }

        public async Task<WebPage> DecideAsync(string narration, params (string, string)[] typed)
        {
            var page = await Manager.GetAsync("/bank-statements");
            var action = page.Html.QuerySelectorAll("section.credit").First(s => s.TextContent.Contains(narration)).QuerySelector("form")!
                .GetAttribute("action")!;
            return await Manager.SubmitAsync($"form[action='{action}']", typed.ToDictionary(t => t.Item1, t => t.Item2));
        }

        public async Task PayAsync(Enrolment seat, string amount, string way, string reference, string on)
        {
            var form = $"form[action='/enrolments/{seat.Id}/payments']";
            await Manager.GetAsync($"/leads/{seat.LeadId}");
            await Manager.SubmitAsync(form,
                new() { ["amount"] = amount, ["way"] = way, ["reference"] = reference, ["on"] = on });
            // They paid before they enrolled, which is asked about once.
            if (string.CompareOrdinal(on, $"{TestApp.Start:yyyy-MM-dd}") < 0) await Manager.SubmitAsync(form);
        }

        public async Task<IReadOnlyList<string>> BooksAsync() => [.. (await App.AllAsync<LedgerEntry>()).OrderBy(e => e.Day)
            .ThenBy(e => e.Reference, StringComparer.Ordinal).Select(e => $"{e.Day:dd} {e.Amount} {e.Way} {e.Reference}")];

        public async ValueTask DisposeAsync()
        {
            Manager.Dispose();
            await App.DisposeAsync();
        }
    }

    private async Task<Bank> OpenAsync()
    {
        var app = await TestApp.StartAsync(postgres);
        var user = await app.AddUserAsync("Beena Thomas", Roles.Manager);
        var course = await app.AddCourseAsync();
        return new Bank(app, await app.SignInAsync(user), user, course, await app.AddBatchAsync(course));
    }

    [Fact]
    public async Task Who_decides_on_a_credit_that_a_colleague_has_decided_on_is_told_so()
    {
        await using var bank = await OpenAsync();
        var seat = await bank.SeatAsync("Anjali Nair");
        await bank.DropAsync(Headings + "20/11/2026,A LOAN,1,,100\n");
        using var colleague = bank.App.Browse(bank.Manager);
        var action = (await colleague.GetAsync("/bank-statements")).One("section.credit form").GetAttribute("action")!;
        await bank.DecideAsync("A LOAN", ("choice", "none"), ("why", "A loan"));

        var page = await colleague.SubmitAsync($"form[action='{action}']",
            new() { ["choice"] = "other", ["rollNumber"] = seat.RollNumber });

        Assert.Equal("Beena Thomas has decided on this credit meanwhile: not a fee. Nothing was changed.", page.One(".done").TextContent);
        Assert.Empty(await bank.BooksAsync());
    }

    [Fact]
    public async Task Nothing_is_posted_to_whom_was_erased()
    {
        await using var bank = await OpenAsync();
        var seat = await bank.SeatAsync("Anjali Nair");
        await bank.App.OnSeatAsync<Withdraw>(seat.Id, bank.User, ("on", $"{bank.App.Clock.Today:yyyy-MM-dd}"), ("why", "leaves"));
        await bank.App.Get<Eraser>().EraseAsync(seat.PersonId, ErasureReason.Asked, bank.App.Now(),
            AuditEntry.Of(AuditKind.Erased, bank.App.Now()), default);
        await bank.DropAsync(Headings + "20/11/2026,SOMEBODY,1,,100\n");

        var page = await bank.DecideAsync("SOMEBODY", ("choice", "other"), ("rollNumber", seat.RollNumber));

        Assert.Equal("This student was erased as E-0001. Nothing can be added to what is left: give the money back, and say here that it "
            + "is no fee.", page.One("section.credit .error, section.credit .problem").TextContent.Trim());
        Assert.Empty(await bank.BooksAsync());
    }

    [Fact]
    public async Task What_is_certain_posts_with_receipts_after_one_look_and_the_same_statement_again_posts_nothing()
    {
        await using var bank = await OpenAsync();
        var (anjali, binu) = (await bank.SeatAsync("Anjali Nair"), await bank.SeatAsync("Binu George", 1));

        var page = await bank.DropAsync(SampleStatements.Sbi);
        Assert.Equal("3 credits found, 3 of them new.", page.One(".done").TextContent);
        page = await bank.DropAsync(SampleStatements.Hdfc);
        Assert.Equal(["Anjali Nair", "Binu George"], page.Texts("section[aria-label=Certain] td[data-label=Is] a").Order());
        Assert.Empty(await bank.BooksAsync());

        // Two managers, and each of them twice.
        await bank.Manager.GetAsync("/bank-statements");
        using var other = bank.App.Browse(bank.Manager);
        await other.GetAsync("/bank-statements");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => PressAsync(i % 2 == 0 ? bank.Manager : other)));

        string[] books = ["20 14000.00 Upi 412345678901", "20 42000.00 BankTransfer SBINN52026112000123456"];
        Assert.Equal(books, await bank.BooksAsync());
        Assert.Equal(["R-2627-0001", "R-2627-0002"], (await bank.App.AllAsync<Receipt>()).Select(r => r.Number).Order());
        Assert.Equal(("412345678901", 28_000), ((await bank.App.LoadAsync<Enrolment>(anjali.Id)).Payments[0].Reference,
            (await bank.App.LoadAsync<Enrolment>(anjali.Id)).Balance.Rupees));
        Assert.Null((await bank.App.LoadAsync<Enrolment>(binu.Id)).DueOn);

        // The same again, and the same transfer in another bank's words.
        Assert.Contains("3 credits found, 0 of them new.", (await bank.DropAsync(SampleStatements.Sbi)).One(".done").TextContent);
        page = await bank.DropAsync(await SampleStatements.IciciAsync());
        Assert.Empty(page.Html.QuerySelectorAll("section[aria-label=Certain]"));
        Assert.Equal(books, await bank.BooksAsync());
        // Two deposits that are alike in every letter are two.
        Assert.Equal(2, (await bank.App.AllAsync<BankCredit>()).Count(c => c.Narration == "CASH DEPOSIT SELF"));
    }

    private static async Task PressAsync(Browser browser)
    {
        var form = browser.Page.One("form[action='/bank-statements/payments']");
        var body = form.QuerySelectorAll("input[type=hidden]").Select(f =>
            KeyValuePair.Create(f.GetAttribute("name")!, f.GetAttribute("value")!));
        using var answer = await browser.SendRawAsync(new HttpRequestMessage(HttpMethod.Post, "/bank-statements/payments")
        {
            Content = new FormUrlEncodedContent(body),
        });
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
    }

    [Fact]
    public async Task What_a_cashier_recorded_by_hand_is_recognised_and_not_posted_again()
    {
        await using var bank = await OpenAsync();
        var (anjali, chithra) = (await bank.SeatAsync("Anjali Nair"), await bank.SeatAsync("Chithra Das"));
        await bank.PayAsync(anjali, "14000", "Upi", "4123 4567 8901", "2026-11-21"); // the same reference, on another day
        await bank.PayAsync(chithra, "14000", "Upi", "T2411", "2026-11-21"); // another number, the same amount, day and way

        await bank.DropAsync(SampleStatements.Sbi);
        await bank.DropAsync(SampleStatements.Hdfc);
        var page = await bank.PostAsync();

        Assert.Equal("0 payments posted, 2 found to be recorded already.", page.One(".done").TextContent);
        Assert.Equal(2, (await bank.BooksAsync()).Count);
        Assert.Equal(["R-2627-0001", "R-2627-0002"], (await bank.App.AllAsync<BankCredit>()).Where(c =>
            c.Standing == CreditStanding.Recognised).Select(c => c.Says).Order());
    }

    [Fact]
    public async Task A_name_in_another_script_is_no_part_of_the_payers()
    {
        await using var bank = await OpenAsync();
        var seat = await bank.SeatAsync("Keerthana Vijayan");
        await bank.Manager.GetAsync($"/leads/{seat.LeadId}");
        await bank.Manager.SubmitAsync($"form[action='/people/{seat.PersonId}/details']", new() { ["certificateName"] = "കീർത്തന വിജയൻ" });
        Assert.Equal("കീർത്തന വിജയൻ", (await bank.App.LoadAsync<Person>(seat.PersonId)).CertificateName?.Text);
        var other = await bank.SeatAsync("ശ്രീദേവി");

        var page = await bank.DropAsync(Headings + "20/11/2026,CASH DEP BY SELF KOCHI,,,100000\n"
            + "20/11/2026,NEFT CR-SBIN0000001-RUPINDER KAUR-PERIYAR,SBIN226349999999,,14000\n");

        Assert.DoesNotContain("part of the name", page.Text);
        Assert.Equal([seat.RollNumber, other.RollNumber], page.Html.QuerySelectorAll(".credit")
            .Single(c => c.TextContent.Contains("RUPINDER", StringComparison.Ordinal)).QuerySelectorAll(".choice .quiet")
            .Select(c => c.TextContent.Split(',')[0].Trim()).Order());
        // Nobody knows whether a name that is written in Malayalam alone is this one.
        page = await bank.DropAsync(Headings + "21/11/2026,NEFT CR-SBIN0000001-KEERTHANA VIJAYAN-PERIYAR,SBIN226349999998,,14000\n");
        Assert.DoesNotContain("KEERTHANA", page.Html.QuerySelector("[aria-label=Certain]")?.TextContent ?? "");
        await bank.App.OnSeatAsync<Withdraw>(other.Id, bank.User, ("on", "2026-11-23"), ("why", "Moving"));
        page = await bank.Manager.GetAsync("/bank-statements");
        Assert.Contains("KEERTHANA", page.One("[aria-label=Certain]").TextContent);
    }

    [Fact]
    public async Task The_doubtful_waits_beside_its_candidates_and_who_was_chosen_once_is_known_the_next_time()
    {
        await using var bank = await OpenAsync();
        var (das, devi) = (await bank.SeatAsync("Chithra Das"), await bank.SeatAsync("Chithra Devi"));
        await bank.DropAsync(SampleStatements.Hdfc);

        var page = await bank.DecideAsync("UPI-CHITHRA");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "Choose what it is."), (page.Status, page.One(".credit .problem").TextContent));
        Assert.Equal(["CPC-2701-01", "CPC-2701-02"], page.Html.QuerySelectorAll(".credit")
            .Single(c => c.TextContent.Contains("UPI-CHITHRA")).QuerySelectorAll(".choice .quiet")
            .Select(c => c.TextContent.Split(',')[0].Trim()).Order());
        await bank.DecideAsync("UPI-CHITHRA", ("choice", $"seat:{devi.Id}"));
        page = await bank.DecideAsync("NEFT CR", ("choice", "none"));
        Assert.Equal("Say in a few words what it is.", page.ErrorOf("why"));
        await bank.DecideAsync("NEFT CR", ("choice", "none"), ("why", "A donation"));
        Assert.Equal(["21 14000.00 Upi 412345678903"], await bank.BooksAsync());

        // The next month's transfer of the same payer.
        page = await bank.DropAsync("""
            Date,Narration,Deposit
            23/11/2026,UPI-CHITHRA D-9847055555@YBL-SBIN0001234-412345679999-FEE,14000
            23/11/2026,UPI/CR/412345678888/RAVI/HDFC/ravi@okhdfc/fee cpc-2701 01,1500
            """);
        Assert.Equal(["Chithra Das", "Chithra Devi"], page.Texts("section[aria-label=Certain] td[data-label=Is] a").Order());
        await bank.PostAsync();
        Assert.Equal((14_000, 40_500), ((await bank.App.LoadAsync<Enrolment>(devi.Id)).Balance.Rupees,
            (await bank.App.LoadAsync<Enrolment>(das.Id)).Balance.Rupees));

        // A payment that was voided has its credit wait again, and for a person.
        var payment = (await bank.App.LoadAsync<Enrolment>(das.Id)).Payments.Single();
        await bank.Manager.GetAsync($"/leads/{das.LeadId}");
        await bank.Manager.SubmitAsync($"form[action='/enrolments/{das.Id}/reversals']",
            new() { ["entryId"] = payment.Id.ToString(), ["kind"] = "RecordedByMistake", ["why"] = "it was Ravi's" });
        page = await bank.Manager.GetAsync("/bank-statements");
        Assert.Contains("Its payment was voided: it was Ravi's", page.One(".credit .late").TextContent);
        Assert.Empty(page.Html.QuerySelectorAll("section[aria-label=Certain]"));
        page = await bank.DecideAsync("RAVI", ("choice", "other"), ("rollNumber", "CPC-1"));
        Assert.Equal("There is no seat CPC-1.", page.ErrorOf("rollNumber"));
        await bank.DecideAsync("RAVI", ("choice", "other"), ("rollNumber", "cpc-2701-02"));
        Assert.Equal(12_500, (await bank.App.LoadAsync<Enrolment>(devi.Id)).Balance.Rupees);
    }

    [Fact]
    public async Task A_refund_that_came_back_is_no_fee_by_itself()
    {
        await using var bank = await OpenAsync();
        var seat = await bank.SeatAsync("Anjali Nair");
        (string, string)[] refund =
        [
            ("amount", "2000"), ("amount-asked", "2000.00"), ("way", "BankTransfer"), ("reference", "412345670001"), ("why", "Goodwill"),
            ("on", "2026-11-23"),
        ];
        await bank.App.OnSeatAsync<RecordPayment>(
            seat.Id, bank.User, ("amount", "5000"), ("way", "Cash"), ("on", "2026-11-23"));
        await bank.App.OnSeatAsync<GiveRefund>(seat.Id, bank.User, refund);

        var page = await bank.DropAsync(Headings + $"23/11/2026,NEFT RETURN {PaymentReference.Of(seat)},412345670001,,2000\n");

        Assert.Contains("A refund to Anjali Nair has this reference. If it came back, void it at the seat, and say here that it is no fee.",
            page.Text);
        Assert.Empty(page.Html.QuerySelectorAll("section[aria-label=Certain]"));
    }

    [Fact]
    public async Task A_payment_that_is_voided_while_its_credit_is_recognised_has_the_credit_wait_again()
    {
        await using var bank = await OpenAsync();
        var seat = await bank.SeatAsync("Anjali Nair");
        await bank.App.OnSeatAsync<RecordPayment>(
            seat.Id, bank.User, ("amount", "5000"), ("way", "Upi"), ("reference", "412345670001"), ("on", "2026-11-23"));
        await bank.DropAsync(Headings + "23/11/2026,SOMEBODY,99,,5000\n");
        var payment = await bank.App.LoadAsync<LedgerEntry>((await bank.App.LoadAsync<Enrolment>(seat.Id)).Payments[0].Id);
        await using var colleague = bank.App.Store.LightweightSession();
        await StatementDesk.LockAsync(colleague, payment.Id, default);
        var credit = Assert.Single(await bank.App.AllAsync<BankCredit>());

        var voiding = bank.App.OnSeatAsync<Reverse>(
            seat.Id, bank.User, ("entryId", $"{payment.Id}"), ("kind", "RecordedByMistake"), ("why", "Typed twice"));
        await Task.WhenAny(voiding, Task.Delay(500));
        credit.Recognise(payment, bank.App.Now());
        colleague.Store(credit);
        await colleague.SaveChangesAsync();
        await voiding;

        Assert.Equal((CreditStanding.Waiting, "Its payment was voided: Typed twice"),
            (await bank.App.AllAsync<BankCredit>()).Select(c => (c.Standing, c.Doubt)).Single());
    }

    [Fact]
    public async Task A_cheque_in_a_statement_is_not_another_banks_of_the_same_number()
    {
        await using var bank = await OpenAsync();
        var (anjalis, binus) = (await bank.SeatAsync("Anjali Nair"), await bank.SeatAsync("Binu George"));
        await bank.PayAsync(anjalis, "5000", "Cheque", "432156 SBI", "2026-11-19");
        await bank.DropAsync(Headings + "20/11/2026,CHQ DEP SOMEBODY,432156,,7000\n21/11/2026,CHQ DEP ANOTHER,432156,,5000\n");

        await bank.DecideAsync("SOMEBODY", ("choice", "other"), ("rollNumber", binus.RollNumber));
        await bank.PostAsync();

        Assert.Equal(7_000, Assert.Single((await bank.App.LoadAsync<Enrolment>(binus.Id)).Payments).Amount.Rupees);
        Assert.Equal([CreditStanding.Posted, CreditStanding.Recognised],
            (await bank.App.AllAsync<BankCredit>()).OrderBy(c => c.Day).Select(c => c.Standing));
    }

    [Fact]
    public async Task What_is_paid_under_a_seats_old_reference_or_number_is_paid_for_the_seat_that_it_was_changed_for()
    {
        await using var bank = await OpenAsync();
        var (first, other) = (await bank.SeatAsync("Anjali Nair"), await bank.SeatAsync("Binu George"));
        foreach (var code in new[] { "CPC-2702", "CPC-2703" })
        {
            var to = await bank.App.AddBatchAsync(bank.Course, code: code);
            foreach (var seat in (await bank.App.AllAsync<Enrolment>()).Where(s => s.IsCurrent).OrderBy(s => s.RollNumber))
                await bank.App.OnSeatAsync<Transfer>(seat.Id, bank.User, ("batchId", to.Id.ToString()), ("discount", "0"),
                    ("instalments", "3"), ("firstDueOn", "2026-11-20"), ("why", "Evenings"));
        }
        var now = (await bank.App.AllAsync<Enrolment>()).Where(s => s.IsCurrent).OrderBy(s => s.RollNumber).ToList();
        Assert.Equal([PaymentReference.Of(first), PaymentReference.Of(other)], now.Select(PaymentReference.Of));

        await bank.DropAsync($"""
            Date,Narration,Deposit
            21/11/2026,UPI/CR/412345678901/X/SBIN/x@oksbi/{PaymentReference.Of(first)},14000
            21/11/2026,UPI/CR/412345678902/Y/SBIN/y@oksbi/fee cpc 2701 02,5000
            """);
        var page = await bank.PostAsync();

        Assert.StartsWith("2 payments posted", page.One(".done").TextContent);
        Assert.Equal([28_000, 37_000], [(await bank.App.LoadAsync<Enrolment>(now[0].Id)).Balance.Rupees,
            (await bank.App.LoadAsync<Enrolment>(now[1].Id)).Balance.Rupees]);
        // By hand, too: whoever types the old number means the seat that they have now.
        await bank.DropAsync("Date,Narration,Deposit\n22/11/2026,CASH DEPOSIT SELF,700");
        await bank.DecideAsync("CASH DEPOSIT", ("choice", "other"), ("rollNumber", first.RollNumber));
        Assert.Equal(27_300, (await bank.App.LoadAsync<Enrolment>(now[0].Id)).Balance.Rupees);
    }

    [Fact]
    public async Task Names_alike_amounts_that_are_not_due_and_transfers_sent_back_are_not_certain()
    {
        await using var bank = await OpenAsync();
        await bank.SeatAsync("Anjali Nair");
        await bank.SeatAsync("Anjali Nair");
        await bank.SeatAsync("Deepa Raj");
        var page = await bank.DropAsync("""
            Date,Narration,Withdrawal,Deposit
            20/11/2026,UPI/CR/412345678901/ANJALI NAIR/SBIN/x@oksbi/fee,,14000
            20/11/2026,UPI/CR/412345678902/DEEPA RAJ/SBIN/y@oksbi/fee,,13999
            20/11/2026,UPI/CR/412345678903/DEEPA RAJ/SBIN/y@oksbi/fee,,14000
            20/11/2026,UPI/DR/412345678903/DEEPA RAJ/SBIN/y@oksbi/returned,14000,
            """);

        Assert.Empty(page.Html.QuerySelectorAll("section[aria-label=Certain]"));
        Assert.Equal(3, page.Html.QuerySelectorAll("section.credit").Length);
        Assert.Contains("it may have been sent back", page.Text);
    }
}
