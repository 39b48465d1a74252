using Crm.Institute;
using CsCheck;

namespace Crm.Tests.Institute;

/// <summary>Titles, codes and numbers in the order in which people read them. Names are in <see cref="PersonNameTests"/>.</summary>
public sealed class ReadingOrderTests
{
    [Theory]
    [InlineData("CPC-2701-9", "CPC-2701-10", "CPC-2701-100")]
    [InlineData("CPC-9-02", "CPC-10-01", "CPC-10-1000")]
    [InlineData("Batch 2 of 2026", "Batch 10 of 2026")]
    [InlineData("anatomy 2", "Anatomy 10", "Anatomy B")]
    [InlineData("CCS", "cpc", "CPMA")]
    [InlineData("9", "10", "A", "b", "അ")]
    [InlineData("Room ൯", "Room 10", "Room ൧൧")]
    [InlineData("x00000000000000000000000000000000000000009", "x10")]
    [InlineData("Émile 3", "emile 12", "ÉMILE 20")]
    public void Words_are_ordered_by_letters_and_numbers_by_size(params string[] inOrder) =>
        Assert.Equal(inOrder, inOrder.Reverse().InReadingOrder(text => text));

    [Fact]
    public void Numbers_behind_one_word_are_ordered_as_numbers() =>
        Gen.Select(Gen.Long[0, long.MaxValue], Gen.Long[0, 200_000]).Sample((one, other) =>
            Math.Sign(string.CompareOrdinal(ReadingOrder.KeyOf($"CPC-{one}"), ReadingOrder.KeyOf($"CPC-{other:000}")))
            == one.CompareTo(other));
}
