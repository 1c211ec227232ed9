namespace Niwaki.Vision.Tests;

public sealed class BatchLoaderTests
{
    private static readonly Preprocess Network = new(12, 8);

    [Fact]
    public void An_epoch_holds_every_picture_once_in_a_new_order()
    {
        using var loader = new BatchLoader(MemorySet.Flat(24), Network, new() { Batch = 4, Workers = 3 });
        var epochs = Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, 6).SelectMany(_ => Firsts(loader)).ToArray()).ToArray();
        Assert.All(epochs, epoch => Assert.Equal(Enumerable.Range(0, 24), epoch.Order().Select(label => (int)label)));
        Assert.NotEqual(epochs[0], epochs[1]);
        Assert.NotEqual(epochs[1], epochs[2]);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 7)]
    public void A_batch_depends_on_seed_and_step_only(int workers, int prefetch)
    {
        BatchLoaderOptions options = new() { Batch = 3, Seed = 9, Augmentation = new(), ClassBalance = 0.5 };
        var set = new MemorySet(10, i => new Sample($"{i}", Pictures.Noise(40, 30, i), Pictures.Labels(40, 30, (x, y) => (x / 9 + y / 11 + i) % 5)));
        using var whole = new BatchLoader(set, Network, options with { Workers = 2 });
        using var resumed = new BatchLoader(set, Network, options with { Workers = workers, Prefetch = prefetch, FirstStep = 5 });
        for (var step = 0; step < 9; step++)
        {
            using var expected = whole.Next();
            Assert.Equal(step, expected.Step);
            if (step < 5)
                continue;
            using var batch = resumed.Next();
            Assert.Equal(step, batch.Step);
            Assert.Equal(expected.Images.AsSpan(0, 3 * 3 * 96), batch.Images.AsSpan(0, 3 * 3 * 96));
            Assert.Equal(expected.Labels.AsSpan(0, 3 * 96), batch.Labels.AsSpan(0, 3 * 96));
        }
    }

    [Fact]
    public void Another_seed_gives_another_order()
    {
        using var one = new BatchLoader(MemorySet.Flat(50), Network, new() { Batch = 25, Seed = 1 });
        using var two = new BatchLoader(MemorySet.Flat(50), Network, new() { Batch = 25, Seed = 2 });
        Assert.NotEqual(Firsts(one), Firsts(two));
    }

    [Fact]
    public void Without_augmentation_a_batch_is_the_preprocessed_picture()
    {
        var sample = new Sample("a", Pictures.Noise(31, 17, 4), Pictures.Labels(31, 17, (x, y) => (x + y) % 7));
        using var loader = new BatchLoader(new MemorySet(1, _ => sample), Network, new() { Batch = 1 });
        using var batch = loader.Next();
        Assert.Equal(Network.Apply(sample.Image), batch.Images[..(3 * 96)]);
        Assert.Equal(Network.ApplyToLabels(sample.Labels!).Labels, batch.Labels[..96]);
    }

    [Fact]
    public void A_small_set_is_decoded_once()
    {
        var set = MemorySet.Flat(6);
        using (var loader = new BatchLoader(set, Network, new() { Batch = 6, Workers = 1 }))
        {
            for (var i = 0; i < 20; i++)
                loader.Next().Dispose();
        }

        Assert.Equal(6, set.Loads);
    }

    [Fact]
    public void The_cache_stays_within_its_budget()
    {
        var set = MemorySet.Flat(10);
        var cache = new CachedSampleSet(set, new Bytes(3 * 800));
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 10; i++)
                Assert.Equal(i, cache.Load(i).Labels!.Labels[0]);
        }

        Assert.Equal(2400, cache.Used.Value);
        Assert.Equal(17, set.Loads);
    }

    [Fact]
    public void A_damaged_picture_surfaces_in_Next_at_its_step_and_not_before()
    {
        var set = new MemorySet(40, i => i == 11 ? throw new StageException("images/11.jpg: the picture is cut off.") : MemorySet.Flat(40).Load(i));
        using var loader = new BatchLoader(set, Network, new() { Batch = 2, Workers = 3 });
        var order = new SampleOrder(set, 1, 0);
        var random = new RandomStream(1, 0);
        var bad = Enumerable.Range(0, 40).First(place => order.At(place, ref random).Picture == 11) / 2;
        for (var step = 0; step < bad; step++)
            loader.Next().Dispose();
        Assert.Contains("images/11.jpg", Assert.Throws<StageException>(() => loader.Next()).Message);
    }

    [Fact]
    public void A_rare_class_is_drawn_as_often_as_the_others_and_is_inside_its_crop()
    {
        // class 1 is a few pixels of one picture among fifty
        var set = new MemorySet(50, i => new Sample($"{i}", Pictures.Flat(80, 80, 9, 9, 9), Pictures.Labels(80, 80, (x, y) => i == 30 && x is >= 72 and < 75 && y is >= 3 and < 6 ? 1 : 0)));
        var share = Share(balance: 1);
        Assert.InRange(share, 0.35, 0.65);
        Assert.InRange(Share(balance: 0), 0, 0.1);

        double Share(double balance)
        {
            using var loader = new BatchLoader(set, new Preprocess(32, 32), new() { Batch = 10, ClassBalance = balance, Augmentation = Augmentation.None with { MinScale = 2, MaxScale = 4 } });
            var found = 0;
            for (var step = 0; step < 20; step++)
            {
                using var batch = loader.Next();
                for (var i = 0; i < 10; i++)
                    found += batch.Labels.AsSpan(i * 1024, 1024).Contains((byte)1) ? 1 : 0;
            }

            return found / 200.0;
        }
    }

    [Fact]
    public void Unlabelled_pictures_have_ignored_labels()
    {
        foreach (var augmentation in new[] { null, new Augmentation() })
        {
            using var loader = new BatchLoader(new MemorySet(2, i => new Sample($"{i}", Pictures.Flat(9, 9, 1, 1, 1), null)), Network, new() { Batch = 2, Augmentation = augmentation });
            using var batch = loader.Next();
            Assert.All(batch.Labels[..192], label => Assert.Equal(LabelMap.Ignore, label));
        }
    }

    [Fact]
    public void Waiting_is_told_when_loading_is_slower_than_its_use()
    {
        var slow = new MemorySet(100, i =>
        {
            Thread.Sleep(5);
            return MemorySet.Flat(200).Load(i);
        });
        using var loader = new BatchLoader(slow, Network, new() { Batch = 1, Workers = 1, Prefetch = 1 });
        for (var i = 0; i < 20; i++)
            loader.Next().Dispose();
        Assert.InRange(loader.WaitShare, 0.5, 1);
    }

    [Fact]
    public void Disposing_ends_a_loader_that_is_ahead()
    {
        var loader = new BatchLoader(MemorySet.Flat(5), Network, new() { Batch = 64, Workers = 4, Prefetch = 8 });
        loader.Next().Dispose();
        loader.Dispose();
        loader.Dispose();
        Assert.Throws<ObjectDisposedException>(() => loader.Next());
    }

    private static byte[] Firsts(BatchLoader loader)
    {
        using var batch = loader.Next();
        return [.. Enumerable.Range(0, batch.Count).Select(i => batch.Labels[i * batch.Height * batch.Width])];
    }
}
