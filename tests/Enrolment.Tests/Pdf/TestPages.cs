using Crm.Pdf;

namespace Crm.Tests.Pdf;

internal static class TestPages
{
    /// <summary>On A4 with margins of 40 points: 515 × 762 are left.</summary>
    public static Document A4(Action<IContainer> content) => Of(PageSizes.A4, content);

    /// <param name="size">With margins of 40 points.</param>
    public static Document Of(PageSize size, Action<IContainer> content) => Document.Create(d => d.Page(page =>
    {
        page.Size(size);
        page.MarginVertical(40);
        page.MarginHorizontal(40);
        content(page.Content());
    }));
}
