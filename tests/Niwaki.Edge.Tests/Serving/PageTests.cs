using Niwaki.Vision;

namespace Niwaki.Edge.Tests;

/// <summary>The page in a real browser.</summary>
public sealed class PageTests : IDisposable
{
    private const string Painted = "(() => { const c = document.getElementById('overlay'); const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; })()";

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_dropped_picture_is_labelled_a_class_is_toggled_and_an_alarm_is_seen()
    {
        Assert.SkipUnless(Tool.IsThere("chromium"), "chromium is not installed (Debian: apt-get install chromium).");
        var bundle = new TestBundle { Watched = true }.Unpack(folder);
        await using var served = await Served.StartAsync(bundle, state: folder["state"]);
        await using var page = await Chromium.OpenAsync(served.Address);
        await page.WaitAsync("document.querySelectorAll('#classes li').length === 4 && document.getElementById('state').textContent === 'ready'");

        var scene = ImageCodec.EncodePng(Scenes.Of(160, 120, 1));
        var labels = ImageCodec.DecodeMask(Path.Combine(bundle, "golden/1.labels.png")).Labels;
        await page.EvaluateAsync($$"""
            (() => {
              const data = new DataTransfer();
              data.items.add(new File([Uint8Array.from(atob('{{Convert.ToBase64String(scene)}}'), letter => letter.charCodeAt(0))], 'scene.png', { type: 'image/png' }));
              document.getElementById('drop').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
            })()
            """);
        await page.WaitAsync("!document.getElementById('overlay').hidden");
        Assert.Equal(160 * 120, (await page.EvaluateAsync(Painted)).GetInt32());

        await page.EvaluateAsync("document.querySelector('#classes input[data-index=\"1\"]').click()");
        Assert.Equal(labels.Count(label => label != 1), (await page.EvaluateAsync(Painted)).GetInt32());
        Assert.InRange(labels.Count(label => label == 1), 1, labels.Length - 1);
        await page.EvaluateAsync("document.getElementById('opacity').value = 20; document.getElementById('opacity').dispatchEvent(new Event('input'))");
        Assert.Equal("0.2", (await page.EvaluateAsync("document.getElementById('overlay').style.opacity")).GetString());

        Assert.True((await page.EvaluateAsync("document.getElementById('alarm').hidden")).GetBoolean());
        for (var i = 0; i < 12; i++)
            (await served.PostAsync(ImageCodec.EncodePng(Grey(i)))).Dispose();
        await page.WaitAsync("!document.getElementById('alarm').hidden && document.querySelectorAll('#charts svg').length > 0");
        Assert.Equal("alarm", (await page.EvaluateAsync("document.getElementById('state').textContent")).GetString());
    }

    [Fact]
    public async Task A_file_that_is_no_picture_is_told_on_the_page()
    {
        Assert.SkipUnless(Tool.IsThere("chromium"), "chromium is not installed (Debian: apt-get install chromium).");
        await using var served = await Served.StartAsync(new TestBundle().Unpack(folder));
        await using var page = await Chromium.OpenAsync(served.Address);
        await page.WaitAsync("document.querySelectorAll('#classes li').length === 4");
        await page.EvaluateAsync("""
            (() => {
              const data = new DataTransfer();
              data.items.add(new File(['no picture'], 'notes.txt', { type: 'text/plain' }));
              document.getElementById('drop').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
            })()
            """);
        await page.WaitAsync("document.getElementById('message').classList.contains('bad') && document.getElementById('message').textContent.includes('no JPEG, PNG or WebP')");
    }

    private static RgbImage Grey(int seed)
    {
        var pixels = new byte[80 * 60 * 3];
        new Random(seed).NextBytes(pixels);
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(200 + pixels[i] / 12);
        return new RgbImage(80, 60, pixels);
    }
}
