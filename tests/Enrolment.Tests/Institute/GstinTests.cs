using Crm.Institute;
using CsCheck;

namespace Crm.Tests.Institute;

/// <summary>The number of who is registered for goods and services tax.</summary>
public sealed class GstinTests
{
    [Theory]
    [InlineData("27AAPFU0939F1ZV")]
    [InlineData("29AAGCB7383J1Z4")]
    [InlineData(" 27 aapfu 0939f-1zv ")]
    [InlineData("２７AAPFU0939F1ZV")]
    public void A_number_is_taken_as_it_stands_on_the_certificate(string typed) => Assert.Null(Gstin.Read(typed).Problem);

    [Theory]
    [InlineData("27AAPFU0939F1Z", "A GSTIN has 15 letters and digits; this has 14.")]
    [InlineData("AAPFU0939F1ZV27", "A GSTIN is two digits, a PAN such as ABCDE1234F, and three more letters or digits: 32ABCDE1234F1Z9.")]
    [InlineData("39AAPFU0939F1ZV", "No state has the code 39, with which this begins.")]
    [InlineData("96AAPFU0939F1ZV", "No state has the code 96, with which this begins.")]
    [InlineData("27AAPFU0939F1ZW", "The last letter does not fit the others: one of them is mistyped. Copy it from the certificate.")]
    [InlineData("27AAPFU0993F1ZV", "The last letter does not fit the others: one of them is mistyped. Copy it from the certificate.")]
    public void What_is_none_is_refused_with_the_reason(string typed, string problem) => Assert.Equal(problem, Gstin.Read(typed).Problem);

    [Fact]
    public void One_letter_mistyped_is_always_noticed() => Gen.Select(Gen.Int[0, 14], Gen.Int[0, 35]).Sample((at, other) =>
    {
        var number = "27AAPFU0939F1ZV".ToCharArray();
        var right = number[at];
        number[at] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[other];
        Assert.Equal(number[at] == right, Gstin.Read(new string(number)).Problem is null);
    });
}
