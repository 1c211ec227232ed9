namespace Niwaki.Vision;

/// <summary>Lava runs through the land, sometimes through a village.</summary>
internal sealed class LavaTheme : SceneTheme
{
    public override GroundLook Ground(SceneRandom random) => random.Chance(0.65f) ? GroundLook.Volcanic(random) : GroundLook.Choose(random) with { Forest = random.Range(0, 0.4f), Relief = 1.2f };

    public override void Compose(Scene scene)
    {
        var random = scene.Random.Fork();
        scene.Exposure = random.Chance(0.35f) ? random.Range(0.4f, 0.75f) : 1;
        if (random.Chance(0.6f))
            RoadNet.Country(scene, 1, 0);
        LavaFlow.Draw(scene);
        Houses.Scattered(scene, random.Int(0, 9), random.Range(0, 0.5f));
        Trees.Draw(scene, Count(scene, 9), burnt: random.Chance(0.4f));
        if (random.Chance(0.4f))
            Fires.Spot(scene, scene.Somewhere(random, 0.1f), random.Range(2, 5), random.Chance(0.6f));
        Vehicles.OnRoads(scene, 0.7f);
        People.Draw(scene, random.Int(0, 2));
        if (random.Chance(0.35f))
            Clouds.Smoke(scene, random.Fork(), scene.Somewhere(random), random.Range(0.05f, 0.12f) * scene.Camera.Span, scene.Camera.Span, black: false);
    }
}
