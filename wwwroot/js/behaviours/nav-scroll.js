// On a narrow screen the present page's name may lie beside the visible part of the navigation.
const nav = document.querySelector('.bar nav')
const here = nav?.querySelector('[aria-current=page]')
if (here) nav.scrollLeft = here.offsetLeft - nav.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2
