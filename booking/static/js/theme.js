// In the head, before anything is drawn: follow the device when the person chose "auto".
const root = document.documentElement;
if (root.hasAttribute("data-theme-auto")) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => { root.dataset.bsTheme = dark.matches ? "dark" : "light"; };
  follow();
  dark.addEventListener("change", follow);
}
