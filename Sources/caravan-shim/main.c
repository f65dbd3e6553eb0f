#include "CShim.h"

int main(int argc, char **argv) { return caravan_shim_main(argc, argv); }
